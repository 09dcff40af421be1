"""The hermetic engine: runs the unmodified Pulumi program without a cloud, an account or the Pulumi CLI."""
