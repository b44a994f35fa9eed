"""A real Kafka broker on this machine: one KRaft node from Maven artefacts, for tests and benchmarks."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from fetching import fetching

KAFKA, SLF4J = "3.9.1", "1.7.36"
CLUSTER = "cmV0YWlsLXBhbmVsLWthZg"
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>retail.panel</groupId><artifactId>broker</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{KAFKA}</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-reload4j</artifactId><version>{SLF4J}</version></dependency>
</dependencies></project>"""
PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={logs}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300
log.retention.check.interval.ms=500
log.segment.delete.delay.ms=0
"""
LOG4J = "log4j.rootLogger=WARN, out\nlog4j.appender.out=org.apache.log4j.ConsoleAppender\n" \
        "log4j.appender.out.layout=org.apache.log4j.PatternLayout\n"  # fmt: skip


class Missing(Exception):
    """A broker cannot be had here; the text says why."""


def jars():
    """Return the folder of the broker's jars, fetched by Maven the first time.

    It lies in ``RETAIL_PANEL_KAFKA_JARS``, or in the user's cache.

    Raises
    ------
    Missing
        Java or Maven is not installed, or Maven cannot fetch them.
    """
    for program in ("java", "mvn"):
        if not shutil.which(program):
            raise Missing(f"a real Kafka broker needs {program}, which is not installed")
    cache = Path.home() / ".cache" / "retail-panel" / f"kafka-{KAFKA}"
    folder = Path(os.environ.get("RETAIL_PANEL_KAFKA_JARS") or cache)
    with fetching(folder) as missing:
        if missing:
            (folder / "pom.xml").write_text(POM)
            command = ["mvn", "-q", "-B", "-f", str(folder / "pom.xml"), "dependency:copy-dependencies",
                       f"-DoutputDirectory={folder}", "-DincludeScope=runtime"]  # fmt: skip
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
            if done.returncode:
                raise Missing(f"Maven could not fetch Kafka: {done.stdout.strip()[-300:]}")
    return folder


def free_port():
    """Return a port on loopback that nobody listens on."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return opened.getsockname()[1]


class Broker:
    """One node; its topics outlive a restart.

    Parameters
    ----------
    folder : Path
        Where it keeps everything.

    Attributes
    ----------
    servers : str
        For ``bootstrap.servers``.
    """

    def __init__(self, folder):
        self._folder, self._jars = Path(folder), jars()
        self._port, self._process = free_port(), None
        self.servers = f"127.0.0.1:{self._port}"
        self._properties = self._folder / "server.properties"
        self._properties.write_text(
            PROPERTIES.format(port=self._port, controller=free_port(), logs=self._folder / "logs")
        )
        (self._folder / "log4j.properties").write_text(LOG4J)
        self._run("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", self._properties).wait(60)

    def _run(self, main, *given):
        with (self._folder / "broker.log").open("a") as log:
            return subprocess.Popen(
                ["java", "-Xmx256m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                 f"-Dlog4j.configuration=file:{self._folder / 'log4j.properties'}",
                 "-cp", f"{self._jars}/*", main, *map(str, given)],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip

    def start(self, timeout_s=60):
        """Start it and wait until it answers; returns the broker."""
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        self._process = self._run("kafka.Kafka", self._properties)
        ends = time.monotonic() + timeout_s
        while time.monotonic() < ends and self._process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self._port), 0.2):
                    client = AdminClient({"bootstrap.servers": self.servers, "log_level": 0})
                    if client.list_topics(timeout=5).brokers:
                        return self
            except (OSError, KafkaException):
                time.sleep(0.1)
        self.kill()
        raise Missing(f"the Kafka broker did not start: {(self._folder / 'broker.log').read_text()[-500:]}")

    def stop(self, timeout_s=20):
        """Stop it in order."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        """Stop it as a power cut would."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
