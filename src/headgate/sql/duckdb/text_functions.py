"""Functions of text (Flink docs, "System Functions", string functions and hashes)."""

from __future__ import annotations

from collections.abc import Mapping

from headgate.schema.types import DataType
from headgate.sql.duckdb._model import Call, Spelling, Unsupported
from headgate.sql.duckdb.casts import cast
from headgate.sql.duckdb.regex_functions import SPELLINGS as REGEX_SPELLINGS
from headgate.sql.duckdb.spellings import named, refused_beyond, template, where_given
from headgate.sql.duckdb.types import text

_STRING = DataType("STRING")


def as_text(call: Call, at: int) -> str:
    """An argument, cast to text where it is none."""
    argument = call.arguments[at]
    return argument.sql if argument.type.is_text else cast(argument.sql, argument.type, _STRING)


_LONGER_IN_CAPITALS = r"[ŉǰΐΰևẖ-ẚ\x{1F50}-\x{1FFC}\x{FB00}-\x{FB17}]"


def _upper(call: Call) -> str:
    # Java writes ß in capitals as SS, and a few other letters as two or three.
    odd = f"regexp_matches({call[0]}, '{_LONGER_IN_CAPITALS}')"
    failed = "error('UPPER of a letter that is more than one in capitals')"
    return f"CASE WHEN {odd} THEN {failed} ELSE upper(replace({call[0]}, 'ß', 'SS')) END"


def _lower(call: Call) -> str:
    # Java has another sigma at the end of a word, and keeps the dot of the Turkish I.
    failed = "error('LOWER of a sigma')"
    return f"CASE WHEN contains({call[0]}, 'Σ') THEN {failed} ELSE lower(replace({call[0]}, 'İ', 'i̇')) END"


def _initcap(call: Call) -> str:
    # Flink capitalises ASCII only, and takes all else for the space between words.
    words = f"regexp_extract_all({call[0]}, '[A-Za-z0-9]+|[^A-Za-z0-9]+')"
    word = (
        "CASE WHEN regexp_matches(__v, '^[A-Za-z0-9]') THEN upper(left(__v, 1)) || lower(substr(__v, 2)) "
        "ELSE __v END"
    )
    return f"array_to_string(list_transform({words}, lambda __v: {word}), '')"


def _trim(function: str, *, text_last: bool = False) -> Spelling:
    """TRIM and its like: what is cut are spaces, or any of the characters given."""

    def spell(call: Call) -> str:
        if len(call) == 1:
            return f"{function}({call[0]}, ' ')"
        value, characters = (call[1], call[0]) if text_last else (call[0], call[1])
        return f"{function}({value}, {characters})"

    return spell


def _substring(call: Call) -> str:
    value, length = call[0], f", {call[2]}" if len(call) > 2 else ""
    found = f"substring({value}, {_start(call)}{length})"
    return f"CASE WHEN {call[2]} >= 0 THEN {found} END" if length else found


def _start(call: Call) -> str:
    """Where SUBSTRING begins: counted from the end where it is negative, and from further than that nowhere."""
    value, at, literal = call[0], call[1], call.arguments[1].literal
    if literal is not None and int(literal) >= 0:
        return str(max(int(literal), 1))
    backward = f"length({value}) + {at} + 1"
    return (
        f"CASE WHEN {at} > 0 THEN {at} WHEN {at} = 0 THEN 1 WHEN {backward} < 1 THEN length({value}) + 1 "
        f"ELSE {backward} END"
    )


def _side(function: str) -> Spelling:
    def spell(call: Call) -> str:
        return f"{function}({call[0]}, CASE WHEN {call[1]} < 0 THEN 0 ELSE {call[1]} END)"

    return spell


def _replace(call: Call) -> str:
    # Java puts the new text between all characters where nothing is to be replaced, DuckDB nowhere.
    failed = "error('REPLACE of an empty text')"
    wanted = call.arguments[1]
    if wanted.literal == "":
        raise Unsupported("REPLACE of an empty text")
    old = wanted.sql if wanted.literal else f"CASE WHEN {wanted.sql} = '' THEN {failed} ELSE {wanted.sql} END"
    return f"replace({call[0]}, {old}, {call[2]})"


def _overlay(call: Call) -> str:
    value, new, start = call[0], call[1], call[2]
    length = call[3] if len(call) > 3 else f"length({new})"
    rest = f"CASE WHEN {length} > 0 THEN substring({value}, {start} + {length}) ELSE '' END"
    laid = f"substring({value}, 1, {start} - 1) || {new} || {rest}"
    return where_given(
        call, f"CASE WHEN {start} <= 0 OR {start} > length({value}) THEN {value} ELSE {laid} END"
    )


def _pad(function: str) -> Spelling:
    def spell(call: Call) -> str:
        if call.arguments[2].literal == "":
            return "CAST(NULL AS VARCHAR)"
        padded = f"{function}({call[0]}, {call[1]}, {call[2]})"
        return f"CASE WHEN {call[1]} >= 0 AND {call[2]} <> '' THEN {padded} END"

    return spell


def _split_index(call: Call) -> str:
    if len(call) > 3:
        raise Unsupported("SPLIT_INDEX with more than three arguments")
    by = call[1] if call.arguments[1].type.is_text else f"chr({call[1]})"
    if call.arguments[1].literal == "":
        raise Unsupported("SPLIT_INDEX by an empty text")
    part = f"list_extract(string_split({call[0]}, {by}), CAST({call[2]} AS BIGINT) + 1)"
    return f"CASE WHEN {call[0]} <> '' AND {call[2]} >= 0 THEN {part} END"


def _concat(call: Call) -> str:
    return "(" + " || ".join(as_text(call, at) for at in range(len(call))) + ")"


def _concat_ws(call: Call) -> str:
    parts = ", ".join(as_text(call, at) for at in range(len(call)))
    return where_given_first(call, f"concat_ws({parts})")


def where_given_first(call: Call, sql: str) -> str:
    """`sql` where the first argument is not null."""
    return f"CASE WHEN {call[0]} IS NOT NULL THEN {sql} END" if call.arguments[0].type.nullable else sql


def _locate(call: Call) -> str:
    wanted, value = call[0], call[1]
    if len(call) == 2:
        return f"CAST(strpos({value}, {wanted}) AS INTEGER)"
    if len(call) > 3:
        raise Unsupported("LOCATE with four arguments")
    start = call[2]
    found = f"strpos(substring({value}, {start}), {wanted})"
    located = (
        f"CASE WHEN {start} <= 1 OR {wanted} = '' THEN strpos({value}, {wanted}) WHEN {found} = 0 THEN 0 "
        f"ELSE {found} + {start} - 1 END"
    )
    return where_given(call, f"CAST({located} AS INTEGER)")


def _ascii(call: Call) -> str:
    # Of the first byte, as Java has it: with a sign.
    first = f"CAST('0x' || left(hex(left({call[0]}, 1)), 2) AS INTEGER) - 256"
    return f"CASE WHEN ascii({call[0]}) > 127 THEN {first} ELSE ascii({call[0]}) END"


def _chr(call: Call) -> str:
    return f"CASE WHEN {call[0]} < 0 THEN '' ELSE chr(CAST({call[0]} & 255 AS INTEGER)) END"


def _hex(call: Call) -> str:
    type_ = call.arguments[0].type
    if type_.is_integer:
        return f"hex(CAST({call[0]} AS BIGINT))"
    if not type_.is_text:
        raise Unsupported(f"HEX of {type_.text}")
    return f"hex({call[0]})"


def _sha2(call: Call) -> str:
    if call.constant(1) != "256":
        raise Unsupported(f"SHA2 of {call.constant(1)} bits")
    return f"sha256({call[0]})"


def _to_base64(call: Call) -> str:
    type_ = call.arguments[0].type
    if type_.is_binary:
        return f"base64({call[0]})"
    return f"base64(encode({as_text(call, 0)}))"


def _url_encode(call: Call) -> str:
    # Java's URLEncoder: a plus for a space, and another choice of what stays.
    return f"replace(replace(replace(url_encode({call[0]}), '%20', '+'), '~', '%7E'), '%2A', '*')"


def _url_decode(call: Call) -> str:
    if len(call) > 1:
        raise Unsupported("URL_DECODE with two arguments")
    whole = f"regexp_full_match({call[0]}, '([^%]|%[0-9A-Fa-f]{{2}})*', 's')"
    return f"CASE WHEN {whole} THEN url_decode(replace({call[0]}, '+', ' ')) END"


_URL = r"^(https?|ftp|file)://(?:[^/?#@]*@)?([^/?#:@]*)(?::[0-9]+)?(/[^?#]*)?(?:\?([^#]*))?(?:#(.*))?$"
_URL_PARTS = {"PROTOCOL": 1, "HOST": 2, "PATH": 3, "QUERY": 4, "REF": 5}


def _parse_url(call: Call) -> str:
    part = call.constant(1)
    group = _URL_PARTS.get(part)
    if group is None:
        raise Unsupported(f"PARSE_URL of {part}")
    value = call[0]
    found = f"regexp_extract({value}, {text(_URL)}, {group})"
    if len(call) > 2:
        if part != "QUERY":
            raise Unsupported(f"PARSE_URL of {part} with a key")
        key = call.constant(2)
        if not key.isidentifier():
            raise Unsupported(f"PARSE_URL with the key `{key}`")
        pattern = text(f"(?:&|^){key}=([^&]*)")
        return f"CASE WHEN regexp_matches({found}, {pattern}) THEN regexp_extract({found}, {pattern}, 1) END"
    present = {"QUERY": r"^[^#]*\?", "REF": "#"}.get(part)
    check = f"regexp_matches({value}, {text(_URL)})"
    if present is not None:
        check = f"{check} AND regexp_matches({value}, {text(present)})"
    return f"CASE WHEN {check} THEN {found} END"


def _str_to_map(call: Call) -> str:
    between = call.constant(1) if len(call) > 1 else ","
    assigns = call.constant(2) if len(call) > 2 else "="
    for one in (between, assigns):
        if len(one) != 1 or one in r"\^$.|?*+()[]{}":
            raise Unsupported(f"STR_TO_MAP by `{one}`")
    pairs = f"string_split(rtrim({call[0]}, {text(between)}), {text(between)})"
    at = f"strpos(__v, {text(assigns)})"
    key = f"CASE WHEN {at} = 0 THEN __v ELSE left(__v, {at} - 1) END"
    value = f"CASE WHEN {at} > 0 THEN substring(__v, {at} + 1) END"
    entry = f"struct_pack(key := {key}, value := {value})"
    filled = f"map_from_entries(list_transform({pairs}, lambda __v: {entry}))"
    empty = "CAST(MAP {} AS MAP(VARCHAR, VARCHAR))"
    return f"CASE WHEN rtrim({call[0]}, {text(between)}) = '' THEN {empty} ELSE {filled} END"


def _elt(call: Call) -> str:
    values = ", ".join(as_text(call, at) for at in range(1, len(call)))
    return f"CASE WHEN {call[0]} > 0 THEN list_extract([{values}], {call[0]}) END"


def _split(call: Call) -> str:
    parts = f"string_split({call[0]}, {call[1]})"
    return where_given(call, f"CASE WHEN {call[0]} = '' THEN [] ELSE {parts} END")


def _coded(function: str) -> Spelling:
    """ENCODE and DECODE, of the one charset that DuckDB knows."""

    def spell(call: Call) -> str:
        if call.constant(1).upper() not in ("UTF-8", "UTF8"):
            raise Unsupported(f"{call.name} with the charset {call.constant(1)}")
        return f"{function}({call[0]})"

    return spell


def _all_of(pattern: str) -> Spelling:
    def spell(call: Call) -> str:
        if not call.arguments[0].type.is_text:
            raise Unsupported(f"{call.name} of {call.arguments[0].type.text}")
        return f"coalesce(regexp_full_match({call[0]}, {text(pattern)}), FALSE)"

    return spell


_length = template("CAST(length({0}) AS INTEGER)")
_position = template("CAST(strpos({1}, {0}) AS INTEGER)")

SPELLINGS: Mapping[str, Spelling] = {
    "UPPER": _upper,
    "LOWER": _lower,
    "INITCAP": _initcap,
    # DuckDB's reverse keeps an accent with its letter.
    "REVERSE": template("array_to_string(list_reverse(string_split({0}, '')), '')"),
    "TRIM": _trim("trim"),
    "BTRIM": _trim("trim"),
    "LTRIM": _trim("ltrim"),
    "RTRIM": _trim("rtrim"),
    "TRIM_BOTH": _trim("trim", text_last=True),
    "TRIM_LEADING": _trim("ltrim", text_last=True),
    "TRIM_TRAILING": _trim("rtrim", text_last=True),
    "SUBSTRING": _substring,
    "SUBSTR": _substring,
    "LEFT": _side("left"),
    "RIGHT": _side("right"),
    "REPEAT": named("repeat"),
    "REPLACE": _replace,
    "TRANSLATE": named("translate"),
    "OVERLAY": _overlay,
    "LPAD": _pad("lpad"),
    "RPAD": _pad("rpad"),
    "SPLIT_INDEX": _split_index,
    "CONCAT": _concat,
    "CONCAT_WS": _concat_ws,
    "CHAR_LENGTH": _length,
    "CHARACTER_LENGTH": _length,
    "POSITION": _position,
    "LOCATE": _locate,
    "INSTR": refused_beyond(2, template("CAST(strpos({0}, {1}) AS INTEGER)")),
    "STARTSWITH": named("starts_with"),
    "ENDSWITH": named("ends_with"),
    "ASCII": _ascii,
    "CHR": _chr,
    "HEX": _hex,
    "BIN": template("bin(CAST({0} AS BIGINT))"),
    "TO_BASE64": _to_base64,
    "FROM_BASE64": template("decode(from_base64({0}))"),
    "ENCODE": _coded("encode"),
    "DECODE": _coded("decode"),
    "ELT": _elt,
    "SPLIT": _split,
    "MD5": named("md5"),
    "SHA1": named("sha1"),
    "SHA256": named("sha256"),
    "SHA2": _sha2,
    "URL_ENCODE": _url_encode,
    "URL_DECODE": _url_decode,
    "PARSE_URL": _parse_url,
    "STR_TO_MAP": _str_to_map,
    "IS_ALPHA": _all_of(r"\p{L}+"),
    "IS_DIGIT": _all_of(r"\p{Nd}+"),
    **REGEX_SPELLINGS,
}
