# SPDX-License-Identifier: MIT
"""Numbers of all constants (constants.txt, every platform) and sizes and offsets of all public structs (layout-x86_64.txt).

The program that prints them is made from the headers, so that a new field or status cannot be forgotten here. Structs have no
padding, and sized structs begin with struct_size."""
import argparse
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

import golden


def fields_of(body):
    for declaration in body.split(";"):
        declaration = " ".join(declaration.split())
        if not declaration:
            continue
        pointer = re.search(r"\(METAGAME_CALL \*(\w+)\)", declaration)
        if pointer:
            yield pointer.group(1)
            continue
        for part in declaration.split(","):
            yield re.search(r"(\w+)(\[\d+\])?$", part.strip()).group(1)


def parse(paths):
    text = "\n".join(re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL) for path in paths)
    structs = [(name, list(fields_of(body))) for name, body in re.findall(r"typedef struct (\w+) \{(.*?)\n\} \1;", text, re.DOTALL)]
    constants = re.findall(r"\b(METAGAME_\w+) = -?\d+", text)
    defines = re.findall(r"#define (METAGAME_\w+)[ \t]+\(?(?:UINT64_C\()?-?\d", text)
    return structs, constants, defines


def program(headers, structs, constants):
    lines = ["#include <stddef.h>", "#include <stdio.h>"]
    lines += [f'#include "{header}"' for header in headers] + ["int main(void) {"]
    lines += [f'  printf("{name} %lld\\n", (long long)({name}));' for name in constants]
    for name, fields in structs:
        lines.append(f'  printf("{name} %zu\\n", sizeof({name}));')
        lines += [f'  printf("{name}.{field} %zu %zu\\n", offsetof({name}, {field}), sizeof((({name} *)0)->{field}));' for field in fields]
    return "\n".join(lines + ["  return 0;", "}", ""])


def find_padding(lines):
    """Complaints about holes; `lines` are those of the structs."""
    end, size, name = 0, 0, ""
    for line in lines + ["end 0"]:
        word, *numbers = line.split()
        if "." not in word:
            if end != size:
                yield f"{name}: {size - end} bytes of padding at its end"
            end, size, name = 0, int(numbers[0]), word
            continue
        if int(numbers[0]) != end:
            yield f"{word}: {int(numbers[0]) - end} bytes of padding before it"
        end = int(numbers[0]) + int(numbers[1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("include", type=pathlib.Path)
    parser.add_argument("--compiler", nargs="+", default=["cc"])
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    headers = golden.public_headers(arguments.include)
    structs, constants, defines = parse(headers)
    constants += [name for name in defines if not name.endswith("_H")]
    with tempfile.TemporaryDirectory() as folder:
        source, executable = pathlib.Path(folder) / "layout.c", pathlib.Path(folder) / "layout"
        source.write_text(program([header.relative_to(arguments.include) for header in headers], structs, constants), encoding="utf-8")
        subprocess.run([*arguments.compiler, "-I", str(arguments.include), str(source), "-o", str(executable)], check=True)
        printed = subprocess.run([str(executable)], check=True, capture_output=True, text=True).stdout.splitlines()
    numbers, layout = printed[: len(constants)], printed[len(constants):]
    wrong = golden.settle("constants.txt", numbers, arguments.update)
    for complaint in find_padding(layout):
        print(complaint, file=sys.stderr)
        wrong = 1
    unsized = {"metagame_error", "metagame_groups", "metagame_truth_effect", "metagame_truth_layer"}  # frozen, says the header
    for name, fields in structs:
        if (fields[0] == "struct_size") == (name in unsized):
            print(f"{name} begins with {fields[0]}", file=sys.stderr)
            wrong = 1
    if platform.machine() == "x86_64":
        wrong |= golden.settle("layout-x86_64.txt", layout, arguments.update)
    return wrong


sys.exit(main())
