# SPDX-License-Identifier: MIT
"""Files of results against the published schema: check_schema.py SCHEMA WRITE_JSON

The few keywords that the schema uses are checked here; an unknown one fails the test, so that none is passed over. All keys that the
library writes must be in the schema, the examples of docs/result-format.md must fit, and files that were spoilt must not."""
import copy
import json
import pathlib
import re
import subprocess
import sys
import tempfile

KNOWN = {"$schema", "$id", "$defs", "$ref", "title", "description", "type", "required", "properties", "additionalProperties", "const", "enum", "pattern",
         "minimum", "maximum", "minItems", "maxItems", "maxProperties", "items"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def has_type(value, name):
    if name in ("integer", "number"):
        return isinstance(value, int if name == "integer" else (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def complaints(value, schema, root, where="$"):
    unknown = set(schema) - KNOWN
    if unknown:
        raise SystemExit(f"the schema uses {unknown}, which this test does not know")
    if "$ref" in schema:
        target = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        yield from complaints(value, target, root, where)
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    if names and not any(has_type(value, name) for name in names):
        yield f"{where}: {value!r:.60} is no {names}"
        return
    if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r:.60}"
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where}: {value!r:.60} does not match"
    if isinstance(value, (int, float)) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{where}: {value} is out of range"
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{where}: {len(value)} items"
        for at, item in enumerate(value):
            yield from complaints(item, schema.get("items", {}), root, f"{where}[{at}]")
    if isinstance(value, dict):
        for key in schema.get("required", []):
            if key not in value:
                yield f"{where}: {key} is missing"
        if len(value) > schema.get("maxProperties", len(value)):
            yield f"{where}: too many keys"
        for key, item in value.items():
            if key in schema.get("properties", {}):
                yield from complaints(item, schema["properties"][key], root, f"{where}.{key}")
            elif "additionalProperties" in schema:
                yield from complaints(item, schema["additionalProperties"], root, f"{where}.{key}")
            elif "properties" in schema:
                yield f"{where}: the library writes {key}, the schema does not know it"


SPOILT = [("version", 2), ("seed", 7), ("seed", "x"), ("solver", "magic"), ("pinned", 1), ("matrix", [[1, "2"]]), ("matrix", []), ("evaluations", -1),
          ("evaluations", 1.5), ("players", []), ("players", [1]), ("notes", {"a": 1}), ("grid", [1]), ("own_player", [-1]), ("maskings", 1),
          ("diagnosis", {}), ("diagnosis", "exact"), ("ground", ["none"]), ("ground", [])]
SPOILT_DIAGNOSIS = [("reason", "because"), ("audit", "none at all"), ("ground", 1),
                    ("audit_rows", -1), ("predicted_error", "0"), ("worst_target", -1),
                    ("halving", 0.5), ("sentence", "no full stop"), ("sentence", "\u00e9.")]


def main():
    path = pathlib.Path(sys.argv[1])
    schema = json.loads(path.read_text(encoding="utf-8"))
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[2], folder], check=True)
        files = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in sorted(pathlib.Path(folder).glob("*.json"))}
    for at, example in enumerate(re.findall(r"```json\n(.*?)```", (path.parent / "result-format.md").read_text(encoding="utf-8"), re.DOTALL)):
        files[f"example {at}"] = json.loads(example)
    keys = set()
    for name, file in files.items():
        keys |= set(file)
        for complaint in complaints(file, schema, schema):
            print(f"{name}: {complaint}", file=sys.stderr)
            wrong += 1
    whole = next(file for file in files.values() if "steps" in file)
    for key, value in SPOILT:
        bad = copy.deepcopy(whole)
        bad[key] = value
        if not list(complaints(bad, schema, schema)):
            print(f"the schema accepts {key} {value!r}", file=sys.stderr)
            wrong += 1
    for key, value in SPOILT_DIAGNOSIS:
        bad = copy.deepcopy(whole)
        bad["diagnosis"][key] = value
        if not list(complaints(bad, schema, schema)):
            print(f"the schema accepts diagnosis.{key} {value!r}", file=sys.stderr)
            wrong += 1
    for key in schema["required"]:
        bad = copy.deepcopy(whole)
        del bad[key]
        wrong += not list(complaints(bad, schema, schema))
    never = set(schema["properties"]) - keys
    if never or len(files) < 10:
        print(f"{len(files)} files; never seen: {never}", file=sys.stderr)
        wrong += 1
    return 1 if wrong else 0


sys.exit(main())
