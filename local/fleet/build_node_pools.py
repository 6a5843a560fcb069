"""The instances that Karpenter or Auto Mode have launched."""

from __future__ import annotations

from local.fleet.cluster_manifest import NodePool
from local.fleet.compute_parts import add_image, instance
from local.fleet.site import ClusterSite
from local.simulators.world import Row, identifier


def pool_nodes(site: ClusterSite, pool: NodePool) -> list[Row]:
    """The running instances of a node pool, with the tags that its maker gives them."""
    cluster = site.manifest.name
    tags = {"eks:eks-cluster-name": cluster}
    if site.manifest.auto_mode:
        tags["eks:kubernetes-node-pool-name"] = pool.name
    else:
        tags |= {"karpenter.sh/nodepool": pool.name, "karpenter.sh/nodeclaim": f"{pool.name}-claim"}
    image = identifier("ami", site.place.region, "node-pool", site.manifest.version)
    add_image(site, image, "AL2023_x86_64_STANDARD", 10)
    return [
        {
            **instance(site, pool.name, number, pool.zones, pool.instance_types, tags, pool.metadata, pool.node_age),
            "ImageId": image,
        }
        for number in range(pool.size)
    ]
