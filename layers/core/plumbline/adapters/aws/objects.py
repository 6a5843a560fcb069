"""Objects: the two S3 calls that the stores make, with their failures as errors of the domain."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from plumbline.adapters.aws.failures import as_store_errors, code_of
from plumbline.domain.errors import StoreError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import PutObjectRequestTypeDef

_ABSENT = frozenset({"NoSuchKey", "404"})


class Objects:
    """The objects of one bucket. The bucket's default encryption applies."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: str, content: bytes, content_type: str, encoding: str = "") -> None:
        """Keep an object; `encoding` is the content's compression, if any.

        Raises:
            StoreError: it could not be kept.

        """
        request: PutObjectRequestTypeDef = {
            "Bucket": self._bucket,
            "Key": key,
            "Body": content,
            "ContentType": content_type,
        }
        if encoding:
            request["ContentEncoding"] = encoding
        with as_store_errors(f"writing {key}"):
            self._client.put_object(**request)

    def get(self, key: str) -> bytes | None:
        """Return an object's content, None when there is no such object.

        Raises:
            StoreError: it could not be read. Without the permission to list, S3 refuses a missing object too.

        """
        with as_store_errors(f"reading {key}"):
            try:
                return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return None
                raise


class S3Blobs:
    """Implements `ports.Blobs`: objects under the digest of their content."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._objects = Objects(client, bucket)

    def put(self, data: bytes) -> str:
        """Keep the bytes; return their key. The same bytes have the same key."""
        key = f"blobs/{hashlib.sha256(data).hexdigest()}"
        self._objects.put(key, data, "application/octet-stream")
        return key

    def get(self, key: str) -> bytes:
        """Return the bytes kept under a key.

        Raises:
            StoreError: there are none, or they are not what was kept.

        """
        data = self._objects.get(key)
        if data is None:
            raise StoreError(f"{key} is missing")
        if key != f"blobs/{hashlib.sha256(data).hexdigest()}":
            raise StoreError(f"{key} is not what was kept under it")
        return data
