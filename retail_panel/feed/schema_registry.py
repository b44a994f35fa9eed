"""Avro, Protobuf and JSON messages of a schema registry, decoded into dicts.

Such a message begins with a zero byte and the number of its schema, four bytes, the highest first.
"""

import base64
import json
import ssl
import struct
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from retail_panel.errors import UnusableInput
from retail_panel.feed.message_rows import Undecodable
from retail_panel.feed.schema_decoders import BadMessage, decoder
from retail_panel.feed.source import SourceDown

MAGIC = b"\0"
UNKNOWN = "its schema is not in the registry"


class SchemaRegistry:
    """Decodes messages by the schemas of a registry; each schema is asked for once.

    Parameters
    ----------
    url : str
        Such as ``http://registry.example:8081``.
    user_info : str, optional
        ``user:password`` for basic authentication.
    token : str, optional
        Bearer token.
    ca_file : str, optional
        Certificates to trust, a PEM file; default: those of the system.
    timeout_s : float
        Seconds the registry may take.
    """

    def __init__(self, url, user_info=None, token=None, ca_file=None, timeout_s=5.0):
        if not url.startswith(("http://", "https://")):
            raise UnusableInput(f"schema.registry.url {url!r}: a URL that begins with http:// or https:// is allowed")
        self._url, self._timeout_s = url.rstrip("/"), timeout_s
        self._headers = {"Accept": "application/vnd.schemaregistry.v1+json"}
        if user_info or token:
            basic = base64.b64encode((user_info or "").encode()).decode()
            self._headers["Authorization"] = f"Bearer {token}" if token else f"Basic {basic}"
        self._context = ssl.create_default_context(cafile=ca_file) if url.startswith("https://") else None
        self._decoders = {}

    def decoded(self, values):
        """Decode messages.

        Parameters
        ----------
        values : list of bytes or None

        Returns
        -------
        list of dict, bytes, Undecodable or None
            Messages without a schema's number stay as they are.

        Raises
        ------
        SourceDown
            The registry does not answer.
        UnusableInput
            The package that decodes such messages is not installed.
        """
        return [self._decoded(value) if value and value[:1] == MAGIC else value for value in values]

    def _decoded(self, value):
        if len(value) < 5:
            return Undecodable("the message ends within the number of its schema", value)
        number = struct.unpack(">I", value[1:5])[0]
        if number not in self._decoders:
            self._decoders[number] = self._decoder(number)
        decode = self._decoders[number]
        if decode is None:
            return Undecodable(UNKNOWN, value)
        try:
            return decode(value[5:])
        except BadMessage as error:
            return Undecodable(str(error), value)

    def _decoder(self, number):
        found = self._schema(number)
        return None if found is None else decoder(found, self._referred)

    def _schema(self, number):
        found = self._asked(f"/schemas/ids/{number}")
        if found and found.get("schemaType") == "PROTOBUF":
            found = self._asked(f"/schemas/ids/{number}?format=serialized")
        return found

    def _referred(self, reference, serialized):
        ending = "?format=serialized" if serialized else ""
        path = f"/subjects/{reference['subject']}/versions/{reference['version']}{ending}"
        found = self._asked(path)
        if found is None:
            raise SourceDown(f"schema registry: the schema that another one refers to is not there: {path}")
        return found

    def _asked(self, path):
        try:
            request = Request(self._url + path, headers=self._headers)
            # The URL is the operator's, and its scheme was looked at.
            with urlopen(request, timeout=self._timeout_s, context=self._context) as answer:  # nosec B310
                return json.load(answer)
        except HTTPError as error:
            with error:
                if error.code == 404:
                    return None
                raise SourceDown(f"schema registry: {error.code} {error.reason}") from error
        except (URLError, OSError, ValueError) as error:
            raise SourceDown(f"schema registry: {getattr(error, 'reason', error)}") from error
