"""What must exist before the first `pulumi stack init`: the state's bucket, and the key of its secrets."""
