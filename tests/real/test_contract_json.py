"""Our converter for plain JSON, compiled as the stack compiles it and run as Connect runs it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from headgate.local.artifacts import fetch
from headgate.local.java import find_java
from headgate.local.refusal import Refused
from java import MISSING

pytestmark = pytest.mark.real

ASKS = """
import dev.headgate.connect.ContractJsonConverter;
import java.nio.charset.StandardCharsets;
import java.util.Map;

public class Asks {
    public static void main(String[] words) {
        try {
            var converter = new ContractJsonConverter();
            converter.configure(Map.of("columns", words[0]), false);
            System.out.println(converter.toConnectData("t", words[1].getBytes(StandardCharsets.UTF_8)).value());
        } catch (RuntimeException refused) {
            System.out.println(refused.getClass().getSimpleName() + ": " + refused.getMessage());
        }
    }
}
"""


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], str]:
    """What the converter makes of a record of such columns, or why it refuses it."""
    if MISSING and os.environ.get("CI") != "true":
        pytest.skip(f"there is no {' and no '.join(MISSING)} here")
    java = find_java(os.environ)
    try:
        there = fetch(os.environ, java, lambda text, done, of: None)
    except Refused as refused:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"the local stack cannot be had here: {refused}")
    folder: Path = tmp_path_factory.mktemp("asks")
    (folder / "Asks.java").write_text(ASKS)
    plugin = there / "plugins" / "contract-json" / "contract-json.jar"
    path = ":".join(map(str, [folder, plugin, *sorted((there / "kafka").glob("*.jar"))]))
    (compiler,) = (there / "compiler").glob("ecj-*.jar")
    words = ["-source", "17", "-target", "17", "-nowarn", "-d", str(folder), "-cp", path]
    subprocess.run([java, "-jar", str(compiler), *words, str(folder / "Asks.java")], check=True, timeout=120)

    def read(columns: str, record: str) -> str:
        done = subprocess.run(
            [java, "-Xmx64m", "-cp", path, "Asks", columns, record],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout.strip()

    return read


@pytest.mark.parametrize(
    ("columns", "record", "told"),
    [
        ("x:DECIMAL(10,2)", '{"x":-99999999.90}', "Struct{x=-99999999.90}"),
        ("x:DECIMAL(10,2)", '{"x":1e2}', "Struct{x=100.00}"),
        (
            "x:DECIMAL(10,2)",
            '{"x":1E2147483647}',
            "DataException: column `x` is not DECIMAL(10, 2): it has more than 8 digits before the point",
        ),
        (
            "x:DECIMAL(10,2)",
            '{"x":1E41112222333344445555}',
            "DataException: not JSON, or a number that no type holds",
        ),
        ("x:DATE", '{"x":"+999999999-12-31"}', "DataException: column `x` is not DATE: out of its range"),
        (
            "x:TIMESTAMP(9)",
            '{"x":"2500-01-01 00:00:00"}',
            "DataException: column `x` is not TIMESTAMP(9): out of its range",
        ),
        ("x:VARCHAR(2147483647)", '{"x":"é"}', "Struct{x=é}"),
        (
            "x:TIMESTAMP(12)",
            "{}",
            "ConfigException: column `x`: `TIMESTAMP` takes 0 to 9, not 12",
        ),
        ("x:DECIMAL(2,5)", "{}", "ConfigException: column `x`: `DECIMAL` takes 0 to 2, not 5"),
        ("x:CHAR(99999999999)", "{}", "ConfigException: column `x`: no type is as long as 99999999999"),
    ],
)
def test_a_record_is_read_exactly_or_refused_without_its_value(
    read: Callable[[str, str], str], columns: str, record: str, told: str
) -> None:
    assert read(columns, record) == told
