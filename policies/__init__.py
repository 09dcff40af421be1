"""The policy pack: judges every resource, under `pulumi preview --policy-pack policies` and in the sandbox alike."""
