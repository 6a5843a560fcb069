"""Services, ingresses, network policies and gateways, under the API's own names."""

from plumbline.domain.evidence.kubernetes.objects import AnnotatedMeta, Answer, LabelSelector, Named


class ServicePort(Answer, frozen=True):
    """A port of a Service; the target is a number or the name of a container's port."""

    port: int = 0
    name: str = ""
    protocol: str = "TCP"
    target_port: int | str = 0


class ServiceSpec(Answer, frozen=True):
    """What a Service does; `type` is ClusterIP, NodePort, LoadBalancer or ExternalName."""

    type: str = "ClusterIP"
    selector: dict[str, str] = {}
    ports: tuple[ServicePort, ...] = ()
    load_balancer_class: str = ""
    load_balancer_source_ranges: tuple[str, ...] = ()
    external_traffic_policy: str = ""


class IngressPoint(Answer, frozen=True):
    """An address of a load balancer."""

    hostname: str = ""
    ip: str = ""


class Balancer(Answer, frozen=True):
    """The addresses of a load balancer."""

    ingress: tuple[IngressPoint, ...] = ()


class BalancedStatus(Answer, frozen=True):
    """The state of what is behind a load balancer."""

    load_balancer: Balancer = Balancer()


class Service(Answer, frozen=True):
    """A Service."""

    metadata: AnnotatedMeta
    spec: ServiceSpec = ServiceSpec()
    status: BalancedStatus = BalancedStatus()

    @property
    def path(self) -> str:
        """Namespace and name, the name under which the Service is judged."""
        return f"{self.metadata.namespace}/{self.metadata.name}"


class IngressTls(Answer, frozen=True):
    """A certificate of an Ingress, by the name of its Secret."""

    secret_name: str = ""
    hosts: tuple[str, ...] = ()


class IngressSpec(Answer, frozen=True):
    """What an Ingress asks for."""

    ingress_class_name: str | None = None
    tls: tuple[IngressTls, ...] = ()


class Ingress(Answer, frozen=True):
    """An Ingress."""

    metadata: AnnotatedMeta
    spec: IngressSpec = IngressSpec()
    status: BalancedStatus = BalancedStatus()

    @property
    def path(self) -> str:
        """Namespace and name, the name under which the Ingress is judged."""
        return f"{self.metadata.namespace}/{self.metadata.name}"

    @property
    def class_name(self) -> str | None:
        """The class it names, by field or by the old annotation; None when it names none."""
        return self.spec.ingress_class_name or self.metadata.annotations.get("kubernetes.io/ingress.class")


class ParametersReference(Answer, frozen=True):
    """The object that holds the settings of a class."""

    api_group: str = ""
    kind: str = ""
    name: str = ""


class IngressClassSpec(Answer, frozen=True):
    """The controller behind a class."""

    controller: str = ""
    parameters: ParametersReference | None = None


class IngressClass(Answer, frozen=True):
    """An ingress class."""

    metadata: AnnotatedMeta
    spec: IngressClassSpec = IngressClassSpec()

    @property
    def default(self) -> bool:
        """Whether an Ingress without class gets this one."""
        return self.metadata.annotations.get("ingressclass.kubernetes.io/is-default-class") == "true"


class Rule(Answer, frozen=True):
    """A rule of a network policy: that there is one is all that is read."""


class NetworkPolicySpec(Answer, frozen=True):
    """What a network policy covers; without types it covers Ingress, and Egress when it has egress rules."""

    pod_selector: LabelSelector = LabelSelector()
    policy_types: tuple[str, ...] = ()
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()


class NetworkPolicy(Named, frozen=True):
    """A network policy."""

    spec: NetworkPolicySpec = NetworkPolicySpec()


class Listener(Answer, frozen=True):
    """A port of a Gateway."""

    name: str = ""
    protocol: str = ""
    port: int = 0


class GatewaySpec(Answer, frozen=True):
    """What a Gateway offers."""

    gateway_class_name: str = ""
    listeners: tuple[Listener, ...] = ()


class Gateway(Answer, frozen=True):
    """A Gateway of the Gateway API."""

    metadata: AnnotatedMeta
    spec: GatewaySpec = GatewaySpec()

    @property
    def path(self) -> str:
        """Namespace and name, the name under which the Gateway is judged."""
        return f"{self.metadata.namespace}/{self.metadata.name}"


class IngressClassParamsSpec(Answer, frozen=True):
    """The settings of the AWS load balancers of a class; certificates by ARN."""

    scheme: str = ""
    certificate_arn: tuple[str, ...] = ()
    wafv2_acl_arn: str = ""
    wafv2_acl_name: str = ""


class IngressClassParams(Named, frozen=True):
    """Settings that an ingress class refers to."""

    spec: IngressClassParamsSpec = IngressClassParamsSpec()
