"""What each figure means, in the words that are printed beside it. Plain text."""

DEFINITIONS: dict[str, str] = {
    "n": "Answers with both marks (scripts, where a figure is about totals); not answers × tries. Over tries a figure"
    " is computed per try and averaged, without tries that hold fewer than half of the fullest one's answers.",
    "n_missing": "Single marks, over all tries, without a partner: no mark on one side. Never counted as 0.",
    "n_invalid": "Single marks, over all tries, that were refused: out of range or unreadable.",
    "n_dropped": "Scripts without which the figure is undefined; where there is one, there is no interval.",
    "interval": "95 %; the jackknife over scripts with Student's t: shares on Wilson's scale, coefficients on "
    "Fisher's, distances on the logarithm. A coefficient of exactly 1 has the bound that as many scripts as may still"
    " be wrong (Clopper-Pearson) would give.",
    "exact": "Share of answers with the same mark; Wilson interval where each script holds one answer.",
    "within_tolerance": "Share of answers no further apart than the question's tolerance: the teacher's, else 0 up to"
    " 3 marks and max(0.5, a tenth of the maximum) above.",
    "adjacent": "Share of answers at most 1 mark apart, among questions worth more than 1.",
    "mae": "Mean distance between the two marks.",
    "rmse": "Root of the mean squared distance: large errors weigh more.",
    "bias": "Mean of marker - human. Above 0 the marker is generous. Percentages of unequal maxima, as those of mae, "
    "rmse, sd and range, count each answer by its maximum, so that they say the same as script totals.",
    "smd": "Bias in units of the human marks' standard deviation.",
    "mean_over_questions": "Of an exam, smd, pearson, spearman, kappa, ac2, qwk, r2, degradation, prmse, "
    "disattenuated, icc and alpha are the mean of each question's own figure, weighted by the maxima; questions on "
    "which the figure is undefined are left out. They are never computed on the marks of several questions together: "
    "differences between questions would pass for agreement.",
    "totals": "The same figures of script totals, in marks, of completely marked scripts with the same total maximum.",
    "marked": "Share of the answers with a human mark that the marker marked, in scripts that it was asked for.",
    "pearson": "Linear correlation. Blind to bias.",
    "spearman": "Correlation of mean ranks. Blind to bias and scale.",
    "kappa": "Agreement beyond chance, (po - pe)/(1 - pe): every difference counts alike. Marks are categories as "
    "they stand, nothing is rounded (differences below 1e-9 count as none); undefined where most of the marker's "
    "marks are decimals between the human's.",
    "ac2": "Gwet's AC2 with quadratic weights over all marks from 0 to the maximum: agreement beyond chance that "
    "stays meaningful where almost all answers get the same mark.",
    "qwk": "Quadratic weighted kappa, 2 cov/(var_h + var_m + (mean m - mean h)²): large differences count more.",
    "r2": "1 - Σd²/Σ(h - mean h)²: below 0 the marker is worse than always giving the mean mark.",
    "bland_altman": "Script totals of completely marked scripts, in marks: bias ± 1.96 SD of the differences, and the"
    " slope of the difference on the mean of both. Left out: n_incomplete scripts, n_incomplete_tries of the others.",
    "degradation": "QWK between the humans less QWK between human and marker, on the answers all three marked.",
    "prmse": "Share of the variance of true scores that the marker explains, with the humans' own noise taken off; on"
    " all answers that some human marked, the noise from those that both did (RSMTool's).",
    "disattenuated": "Pearson with the human, divided by the root of Pearson between the humans: the correlation with"
    " true scores.",
    "icc_single": "ICC(A,1): absolute agreement of single tries on answers.",
    "icc_average": "ICC(A,k): absolute agreement of the average of all tries on answers.",
    "icc_totals_single": "ICC(A,1) of script totals.",
    "icc_totals_average": "ICC(A,k) of script totals.",
    "alpha": "Krippendorff's alpha over tries, interval metric, missing marks allowed.",
    "alpha_totals": "Krippendorff's alpha over tries of script totals.",
    "sd": "Mean over answers of the standard deviation of the tries.",
    "range": "Mean over answers of the largest less the smallest try.",
    "unanimous": "Share of answers whose tries all gave the same mark.",
    "modal_share": "Mean over answers of the share of tries that gave the most frequent mark.",
    "tie_band": "1: the leader, and who cannot be told apart from it (exact McNemar where each script holds one "
    "answer, else the paired t test over scripts; Holm over all comparisons; 5 %). Ranked by the share exact of the "
    "consensus over tries. Below 10 scripts, or 10 shared with the leader, nobody is ranked.",
    "behind_leader": "Share exact of the leader less the marker's, on the answers that both marked.",
    "p": "Chance of a gap to the leader at least this large if the two were equally exact.",
    "p_adjusted": "p, adjusted for all comparisons with the leader (Holm).",
    "trust_card": "pass: with the mean over questions and with script totals on every threshold that can be asked, "
    "and no question clearly fails; partly: on the named questions, or where it gives a mark. Judged on the "
    "interval's bounds, from 30 scripts; from 100 an interval that holds a threshold is too close to call, below not "
    "enough data.",
    "marks": "Single marks, over all tries: asked for = given + missing + invalid (refused).",
    "cost_usd_per_script": "US dollars a script: of a marker, one try; in the leaderboard, all tries behind the "
    "consensus that is ranked; in the panel advice, all calls.",
    "seconds_per_script": "Seconds a script: of one try, also in the leaderboard, as tries run side by side.",
    "errors_caught": "Share of wrong consensus marks (beyond the tolerance) that go to review, as the calls do not "
    "all give the same mark or one gives none.",
    "answers_to_review": "Share of answers whose calls do not all give the same mark.",
    "residual_error": "Share of wrong consensus marks among the answers that do not go to review.",
    "doubt": "Of an answer in the review queue, 0 to 1, from the markers that did not fail: mostly the share of marks"
    " beyond the tolerance from the consensus (0.84), then the share that differ at all (0.1), their distance (0.05),"
    " marks that are missing and a mark band near by (0.005 each). Without any mark 1.",
    "consensus": "Median of the marks, the lower one of two, or their mode; over tries, or over markers' consensus.",
    "students": "Scripts that the human and the middle of the marker's tries marked completely: how many would get "
    "another grade, up or down, and how far totals move, in marks. Without grade boundaries the human's totals are "
    "cut into thirds.",
    "items": "By the human's marks: facility is the mean mark as a share of the maximum, discrimination the "
    "correlation with the rest of the script's total.",
    "p_differs": "Probability that the consensus on an answer differs from the human by more than the tolerance: "
    "isotonic regression on doubt, each answer's from the other scripts.",
}
