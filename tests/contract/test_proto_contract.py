"""The public contract: every field explained, RPC names unique, generated code fresh, every RPC implemented."""

import inspect
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2

from mammoganesis.v1 import (
    audit_intake_pb2,
    audit_pb2,
    bulk_service_pb2,
    cases_pb2,
    lti_pb2,
    model_pb2,
    pca_editing_pb2,
    quizzes_pb2,
    quota_pb2,
    registry_intake_pb2,
    registry_pb2,
    sampling_pb2,
    status_pb2,
    studies_pb2,
    style_transfer_pb2,
)
from tests.places import ROOT

PROTOS = ROOT / "protos"
SERVICES = [
    service
    for module in (
        audit_intake_pb2,
        audit_pb2,
        bulk_service_pb2,
        cases_pb2,
        lti_pb2,
        model_pb2,
        pca_editing_pb2,
        quizzes_pb2,
        quota_pb2,
        registry_intake_pb2,
        registry_pb2,
        sampling_pb2,
        status_pb2,
        studies_pb2,
        style_transfer_pb2,
    )
    for service in module.DESCRIPTOR.services_by_name.values()
]
SERVICERS = {
    "SamplingService": ("services.servicers.sampling", "SamplingServicer"),
    "PcaEditingService": ("services.servicers.pca_editing", "PcaEditingServicer"),
    "StyleTransferService": ("services.servicers.style_transfer", "StyleTransferServicer"),
    "CaseService": ("services.records.calls.links", "CaseServicer"),
    "QuizService": ("services.records.calls.quizzes", "QuizServicer"),
    "ReaderStudyService": ("services.records.calls.studies", "StudyServicer"),
    "RegistryService": ("services.records.calls.verification", "RegistryServicer"),
    "RegistryIntakeService": ("services.records.calls.registry", "IntakeServicer"),
    "QuotaService": ("services.edge.quota_service", "QuotaServicer"),
    "AuditService": ("services.records.calls.audit", "AuditServicer"),
    "AuditIntakeService": ("services.records.calls.audit", "AuditIntakeServicer"),
    "StatusService": ("services.edge.status", "StatusServicer"),
    "BulkService": ("services.records.calls.jobs", "BulkServicer"),
    "BulkRunnerService": ("services.records.calls.jobs", "BulkServicer"),
    "LtiService": ("services.records.calls.lti_platforms", "LtiServicer"),
    "LtiLaunchService": ("services.records.calls.lti_launches", "LtiLaunchServicer"),
    "ModelService": ("services.servicers.model", "ModelServicer"),
}


@pytest.fixture(scope="module")
def proto_files(tmp_path_factory: pytest.TempPathFactory) -> list[descriptor_pb2.FileDescriptorProto]:
    """All our .proto files with their comments, compiled afresh."""
    descriptors = tmp_path_factory.mktemp("protos") / "descriptors.binpb"
    names = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))
    arguments = ["-I", ".", "--include_source_info", f"--descriptor_set_out={descriptors}", *names]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", *arguments], cwd=PROTOS, check=True)
    return list(descriptor_pb2.FileDescriptorSet.FromString(descriptors.read_bytes()).file)


def _uncommented(file: descriptor_pb2.FileDescriptorProto) -> Iterator[str]:
    explained = {tuple(place.path) for place in file.source_code_info.location if place.leading_comments.strip()}
    for i, message in enumerate(file.message_type):
        for j, field in enumerate(message.field):
            if (4, i, 2, j) not in explained:  # 4: message_type, 2: field, as descriptor.proto numbers them
                yield f"{file.package}.{message.name}.{field.name}"


def test_every_field_has_a_comment(proto_files: list[descriptor_pb2.FileDescriptorProto]) -> None:
    assert [field for file in proto_files for field in _uncommented(file)] == []


def test_every_proto_file_is_known_to_this_test(proto_files: list[descriptor_pb2.FileDescriptorProto]) -> None:
    declared = {f"{file.package}.{service.name}" for file in proto_files for service in file.service}
    assert declared == {service.full_name for service in SERVICES}


def test_rpc_names_are_unique_across_services() -> None:
    """Ray Serve's gRPC proxy dispatches on the last path segment alone."""
    names = Counter(method.name for service in SERVICES for method in service.methods)
    assert [name for name, count in names.items() if count > 1] == []


def test_generated_code_is_fresh() -> None:
    environment = os.environ | {"PYTHON": sys.executable}
    check = subprocess.run([PROTOS / "generate.sh", "--check"], env=environment, capture_output=True, text=True)
    assert check.returncode == 0, check.stdout + check.stderr


def test_stale_generated_code_is_noticed(tmp_path: Path) -> None:
    copy = tmp_path / "protos"
    subprocess.run(["cp", "-r", PROTOS, copy], check=True)
    proto = copy / "mammoganesis/v1/model.proto"
    proto.write_text(proto.read_text().replace("string name = 1;", "string title = 1;"))
    environment = os.environ | {"PYTHON": sys.executable}
    check = subprocess.run([copy / "generate.sh", "--check"], env=environment, capture_output=True, text=True)
    assert check.returncode != 0
    assert "model_pb2.py" in check.stdout


def test_protos_pass_buf_lint() -> None:
    buf = Path(sys.executable).with_name("buf")
    lint = subprocess.run([buf, "lint"], cwd=ROOT, capture_output=True, text=True)
    assert lint.returncode == 0, lint.stdout + lint.stderr


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_rpc_has_a_servicer_method_of_its_kind(service) -> None:
    module, name = SERVICERS[service.name]
    servicer = getattr(import_module(module), name)
    for method in service.methods:
        implementation = getattr(servicer, method.name)
        kind = inspect.isasyncgenfunction if method.server_streaming else inspect.iscoroutinefunction
        assert kind(implementation), f"{name}.{method.name}: streaming={method.server_streaming}"
        assert list(inspect.signature(implementation).parameters)[1:] == ["request", "call"]
