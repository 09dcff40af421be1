"""Code that runs in AWS Lambda: a folder for each function."""
