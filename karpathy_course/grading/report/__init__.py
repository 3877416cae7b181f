"""What comes out of a batch: tables for programs and spreadsheets, and a page for each student."""
