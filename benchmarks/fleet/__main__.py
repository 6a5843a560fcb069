"""`python -m benchmarks.fleet [--port N] [--clusters N] ...` serves a generated fleet until it is stopped."""

import argparse
import asyncio
import sys

import msgspec

from benchmarks.fleet.options import Options
from benchmarks.fleet.server import serve


def _arguments(argv: list[str]) -> tuple[Options, int]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=Options.__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: a free one, which READY names")
    for field in msgspec.inspect.type_info(Options).fields:  # type: ignore[attr-defined]
        text = field.type.extra_json_schema["description"]
        parser.add_argument(f"--{field.name.replace('_', '-')}", help=text, metavar="…")
    given = {name: value for name, value in vars(parser.parse_args(argv)).items() if value is not None}
    port = given.pop("port")
    if "regions" in given:
        given["regions"] = given["regions"].split(",")
    try:
        return msgspec.convert(given, Options, strict=False), port
    except msgspec.ValidationError as error:
        parser.error(str(error))


if __name__ == "__main__":
    options, port = _arguments(sys.argv[1:])
    asyncio.run(serve(options, port))
