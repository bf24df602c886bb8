"""What is written: folders, tables, texts, projects for a DAW."""
