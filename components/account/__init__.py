"""Resources that an account has once: active cost-allocation tags and cost anomaly detection."""
