"""One Kinesis stream as AWS tells of it: its shards, places in them, and the records from a place on."""

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time

from retail_panel.errors import UnusableInput
from retail_panel.feed.source import SourceDown

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    boto3 = None

SESSION = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "profile_name", "region_name")
CLIENT = {"endpoint_url": "endpoint_url", "ca_bundle": "verify"}
#: What the client may be told, in the URL or in the file of settings.
SETTINGS = (*SESSION, *CLIENT)
_THROTTLED = {
    "ProvisionedThroughputExceededException", "LimitExceededException", "KMSThrottlingException", "Throttling",
    "ThrottlingException", "RequestLimitExceeded",
}  # fmt: skip
_MISPLACED = {"ResourceNotFoundException", "InvalidArgumentException"}


class Throttled(SourceDown):
    """A shard was read more often than it may be."""


class Expired(SourceDown):
    """An iterator is too old; a new one from the last record read goes on."""


class Misplaced(SourceDown):
    """A shard, or the record read last in it, is not there any more."""


@dataclass(frozen=True)
class Shard:
    """A shard: its id, the sequence number it begins with, the shards it came from, and its range of hash keys."""

    id: str
    begins: str
    parents: tuple
    hashes: tuple


class KinesisStream:
    """A connection to one stream.

    Parameters
    ----------
    name : str
    settings : dict
        Of :data:`SETTINGS`; what is not there, boto3 finds as it always does: environment, profile, role.
    patience_s : float
        Seconds that AWS may take to connect, and to answer.
    connections : int
        Requests at the same time at most.

    Raises
    ------
    UnusableInput
        boto3 is not installed, or no client can be made of the settings.
    """

    def __init__(self, name, settings, patience_s=3.0, connections=8):
        if boto3 is None:
            raise UnusableInput("a feed from Kinesis needs boto3: pip install 'retail-panel[kinesis]'")
        self.name = name
        how = Config(
            connect_timeout=patience_s, read_timeout=patience_s, retries={"total_max_attempts": 1},
            max_pool_connections=connections + 1,
        )  # fmt: skip
        try:
            session = boto3.Session(**{key: value for key, value in settings.items() if key in SESSION})
            more = {given: settings[key] for key, given in CLIENT.items() if key in settings}
            self._client = session.client("kinesis", config=how, **more)
        except (BotoCoreError, ValueError) as error:
            said = str(error).rstrip(".")
            raise UnusableInput(
                f"Kinesis stream {name}: {said}; allowed: region=... in the URL, or settings {', '.join(SETTINGS)}"
            ) from error

    def shards(self):
        """Return the shards that AWS still keeps, dict by id, and its clock (seconds since 1970)."""
        found, given = {}, {"StreamName": self.name}
        while given:
            answer = self._answered(self._client.list_shards, **given)
            for shard in answer["Shards"]:
                hashes = shard["HashKeyRange"]
                found[shard["ShardId"]] = Shard(
                    shard["ShardId"],
                    shard["SequenceNumberRange"]["StartingSequenceNumber"],
                    tuple(shard[key] for key in ("ParentShardId", "AdjacentParentShardId") if shard.get(key)),
                    (int(hashes["StartingHashKey"]), int(hashes["EndingHashKey"])),
                )
            given = {"NextToken": answer["NextToken"]} if answer.get("NextToken") else None
        return found, _clock(answer)

    def iterator(self, shard, at_record=None, at_s=None):
        """Return an iterator at a record (its sequence number), a moment, or the oldest record that is left."""
        given = {"ShardIteratorType": "TRIM_HORIZON"}
        if at_record:
            given = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": at_record}
        elif at_s is not None:
            given = {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": at_s}
        asked = self._answered(self._client.get_shard_iterator, StreamName=self.name, ShardId=shard, **given)
        return asked["ShardIterator"]

    def records(self, iterator, most):
        """Return records, at most so many, the next iterator (None at the end of a shard), and how far behind in ms."""
        answer = self._answered(self._client.get_records, ShardIterator=iterator, Limit=most)
        return answer["Records"], answer.get("NextShardIterator"), answer.get("MillisBehindLatest")

    def close(self):
        """Let go of the connections."""
        self._client.close()

    def _answered(self, ask, **given):
        try:
            return ask(**given)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            kind = Throttled if code in _THROTTLED else Expired if code == "ExpiredIteratorException" else SourceDown
            said = error.response["Error"].get("Message") or code
            raise (Misplaced if code in _MISPLACED else kind)(f"stream {self.name}: {code}: {said}") from error
        except BotoCoreError as error:
            raise SourceDown(f"stream {self.name}: {error}") from error


def _clock(answer):
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError):
        return time()
