"""What an account has once: active cost tags, and a notification of costs that nobody expected."""
