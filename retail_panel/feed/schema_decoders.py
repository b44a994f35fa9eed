"""Decoders of messages by the kind of their schema: Avro, Protobuf, JSON."""

import base64
import io
import json

from retail_panel.errors import UnusableInput


class BadMessage(Exception):
    """A message does not follow its schema; the text is short and stable."""


def decoder(schema, referred):
    """Return the function that decodes messages of a schema.

    Parameters
    ----------
    schema : dict
        As the registry gives it: `schema`, `schemaType` and `references`; Protobuf as serialized descriptor.
    referred : callable
        Takes a reference and whether it is to be serialized, returns the schema it names.

    Returns
    -------
    callable
        Takes the bytes after the schema's number, returns a dict, or the text itself for JSON; raises
        :class:`BadMessage`.

    Raises
    ------
    UnusableInput
        The package for it is not installed.
    """
    kind = schema.get("schemaType", "AVRO")
    makers = {"AVRO": _avro, "PROTOBUF": _protobuf, "JSON": lambda *_: lambda raw: raw}
    if kind not in makers:
        raise UnusableInput(f"schema registry: schemas of type {kind!r}; allowed: {', '.join(makers)}")
    return makers[kind](schema, referred)


def _avro(schema, referred):
    try:
        import fastavro
    except ImportError:
        raise UnusableInput("messages in Avro need fastavro: pip install 'retail-panel[avro]'") from None
    named = {}

    def parse(found):
        for reference in found.get("references", ()):
            parse(referred(reference, False))
        return fastavro.parse_schema(json.loads(found["schema"]), named_schemas=named)

    writer = parse(schema)

    def decode(raw):
        try:
            found = fastavro.schemaless_reader(io.BytesIO(raw), writer, None)
        except Exception as error:
            raise BadMessage("the message does not follow its Avro schema") from error
        if not isinstance(found, dict):
            raise BadMessage("the message's Avro schema is not a record")
        return found

    return decode


def _protobuf(schema, referred):
    try:
        from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message, message_factory
    except ImportError:
        raise UnusableInput("messages in Protobuf need protobuf: pip install 'retail-panel[protobuf]'") from None
    pool, added = descriptor_pool.DescriptorPool(), set()

    def add(name, content):
        if name not in added:
            added.add(name)
            found = descriptor_pb2.FileDescriptorProto.FromString(content)
            found.name = name
            pool.Add(found)

    def add_all(name, found):
        for reference in found.get("references", ()):
            add_all(reference["name"], referred(reference, True))
        content = base64.b64decode(found["schema"])
        for wanted in descriptor_pb2.FileDescriptorProto.FromString(content).dependency:
            if wanted.startswith("google/protobuf/"):
                add(wanted, _well_known(wanted))
        add(name, content)

    add_all("message.proto", schema)
    file = pool.FindFileByName("message.proto")

    def decode(raw):
        path, rest = _indexes(raw)
        try:
            kind = list(file.message_types_by_name.values())[path[0]]
            for index in path[1:]:
                kind = kind.nested_types[index]
            found = message_factory.GetMessageClass(kind).FromString(rest)
        except (IndexError, message.DecodeError) as error:
            raise BadMessage("the message does not follow its Protobuf schema") from error
        return json_format.MessageToDict(found, preserving_proto_field_name=True, descriptor_pool=pool)

    return decode


def _well_known(name):
    from importlib import import_module

    module = import_module(name.removesuffix(".proto").replace("/", ".") + "_pb2")
    return module.DESCRIPTOR.serialized_pb


def _indexes(raw):
    """Return the path of the message's type within its file, and what follows; zigzag varints, a sole 0 is [0]."""
    count, at = _zigzag(raw, 0)
    if not 0 <= count <= 64:
        raise BadMessage("the message does not follow its Protobuf schema")
    path = []
    for _ in range(count):
        index, at = _zigzag(raw, at)
        path.append(index)
    if any(index < 0 for index in path):
        raise BadMessage("the message does not follow its Protobuf schema")
    return path or [0], raw[at:]


def _zigzag(raw, at):
    value = shift = 0
    while at < len(raw) and shift < 64:
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at
    raise BadMessage("the message does not follow its Protobuf schema")
