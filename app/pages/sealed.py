"""Pages that must also work as a single file on somebody's disk: their styles, and policies that admit nothing else."""

from app.pages.frame import sealed_policy, style

REPORT_STYLE = style("base.css", "report.css")
REPORT_POLICY = sealed_policy(REPORT_STYLE)
FEEDBACK_STYLE = style("base.css", "feedback.css")
FEEDBACK_POLICY = sealed_policy(FEEDBACK_STYLE)
