"""Functions of AWS Lambda, a folder each."""
