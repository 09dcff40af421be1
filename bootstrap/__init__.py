"""What the first `pulumi stack init` needs: the state's bucket, and the key of its secrets."""
