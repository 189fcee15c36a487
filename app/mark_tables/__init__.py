"""Tables of marks that people bring: CSV files and workbooks, one answer in a row or one student in a row."""
