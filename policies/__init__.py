"""The policy pack: evaluates every resource, under `pulumi preview --policy-pack policies` and in the sandbox alike."""
