"""Answers with a known truth, decorated, contradicted and corrupted in the ways in which models really write.

Written without the parser's tables, so that it can find faults in them.
"""
