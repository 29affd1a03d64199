"""`python -m proto`: writes `proto/schemas/*.json` and `proto/asyncapi.yaml` from the message types."""

import json
from pathlib import Path

from proto.contract import asyncapi, schema_files

HERE = Path(__file__).parent


def main() -> None:
    folder = HERE / "schemas"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    for name, schema in schema_files().items():
        (folder / name).write_text(render(schema), encoding="utf-8")
    # JSON is YAML: the document needs no library here that its readers do not have.
    (HERE / "asyncapi.yaml").write_text(render(asyncapi()), encoding="utf-8")


def render(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
