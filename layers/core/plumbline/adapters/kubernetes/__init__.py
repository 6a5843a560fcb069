"""Reading the Kubernetes API of clusters (evidence plan D.5).

Only `connection` and `kubeconfig` import the Kubernetes client; the table of kinds and the permissions do without.
"""

from plumbline.adapters.kubernetes.slim_client import leave_out_what_is_not_used

# Before any part of the client is imported; wherever that is, this package comes first.
leave_out_what_is_not_used()
