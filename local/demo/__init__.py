"""The demo: a fleet is swept, a cluster is broken through the EKS API, the alert arrives, the recovery too."""
