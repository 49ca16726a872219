"""What is made of the artifacts once they are there: archives unpacked, plugins named, our converter compiled."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from pathlib import Path

from headgate.local.refusal import Refused

_CONVERTERS = "META-INF/services/org.apache.kafka.connect.storage.Converter"
"""How Connect finds converters without reading every class (KIP-898)."""
_AVRO = "io.apicurio.registry.utils.converter.AvroConverter"
_OURS = "dev.headgate.connect.ContractJsonConverter"


def prepare(out: Path, converter: Path, java: str) -> None:
    """The folder that Maven filled becomes the one that the stack runs from."""
    _unpack(out, "apicurio-registry-app-*.tar.gz", out / "registry")
    _unpack(out, "debezium-connector-jdbc-*.tar.gz", out / "plugins")
    # The published jar names its converters nowhere.
    _archive(out / "plugins" / "apicurio-converter" / "names.jar", {_CONVERTERS: f"{_AVRO}\n".encode()})
    _compile(out, converter, java)


def _unpack(out: Path, pattern: str, into: Path) -> None:
    (archive,) = (out / "archives").glob(pattern)
    with tarfile.open(archive) as tar:
        tar.extractall(into, filter="data")
    archive.unlink()


def _compile(out: Path, converter: Path, java: str) -> None:
    """Our converter, by Eclipse's compiler, which needs a Java runtime only."""
    (compiler,) = (out / "compiler").glob("ecj-*.jar")
    classes = out / "compiler" / "classes"
    words = ["-source", "17", "-target", "17", "-proc:none", "-nowarn", "-d", str(classes)]
    done = subprocess.run(
        [java, "-jar", str(compiler), *words, "-cp", _class_path(out / "kafka"), str(converter)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        raise Refused(f"The converter could not be compiled:\n{done.stderr.decode(errors='replace')[-2000:]}")
    files = {str(path.relative_to(classes)): path.read_bytes() for path in sorted(classes.rglob("*.class"))}
    _archive(
        out / "plugins" / "contract-json" / "contract-json.jar", {_CONVERTERS: f"{_OURS}\n".encode(), **files}
    )


def _class_path(folder: Path) -> str:
    return ":".join(str(jar) for jar in sorted(folder.glob("*.jar")))


def _archive(path: Path, files: dict[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as jar:
        for name, content in files.items():
            jar.writestr(zipfile.ZipInfo(name), content)
