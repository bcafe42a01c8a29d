# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Holds documents against schemas and models, by other people's libraries, without the network.

    validate.py schema SCHEMA DOCUMENT…              any JSON schema
    validate.py spdx2 LICENCES DOCUMENT…             the rules of the SPDX project's own tools for SPDX 2.3
    validate.py shacl MODEL CONTEXT DOCUMENT…        the SHACL shapes of SPDX 3.0.1
    validate.py cyclonedx DOCUMENT…                  the strict schema of CycloneDX 1.6, as its library has it

Prints a line per problem, and `judged N documents` at the end. Ends with 1 where there was a problem; any other code but
0 means that nothing was judged.

    validate.py elements LICENCES SPECIFICATION REGIME DOCUMENT

prints the report of ntia-conformance-checker, and ends with 0 where the document conforms, with 1 where it does not.

LICENCES is a JSON schema whose `enum` is the SPDX list. The licence library that spdx-tools asks lists what ScanCode knows, and that
lacks some dozens of it (in version 30.4.4 BSD-3-Clause-Tso, for one); what neither has is still refused.
"""

import json
import sys
import warnings


def schema(count, schema_path, *paths):
    from jsonschema.validators import validator_for

    text = load(schema_path)
    validator = validator_for(text)(text)
    for path in paths:
        for error in validator.iter_errors(load(path)):
            yield path, f"{error.json_path}: {error.message}"
        count()


def know_licences(list_path):
    from license_expression import LicenseSymbol, Licensing
    from spdx_tools.common import spdx_licensing

    known = spdx_licensing.spdx_licensing
    names = {alias.lower() for symbol in known.known_symbols.values() for alias in (symbol.key, *symbol.aliases)}
    missing = [name for name in load(list_path)["enum"] if name.lower() not in names]
    symbols = [LicenseSymbol(name, is_exception="exception" in name.lower()) for name in missing]
    # Before the modules that take it over by its name are loaded.
    spdx_licensing.spdx_licensing = Licensing([*known.known_symbols.values(), *symbols])


def spdx2(count, list_path, *paths):
    know_licences(list_path)
    from spdx_tools.spdx.parser.error import SPDXParsingError
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    for path in paths:
        try:
            document = parse_file(path)
        except SPDXParsingError as error:
            for message in error.get_messages():
                yield path, message
            count()
            continue
        for message in validate_full_spdx_document(document):
            yield path, f"{message.context.spdx_id}: {message.validation_message}"
        count()


def shacl(count, model_path, context_path, *paths):
    import pyshacl
    import rdflib

    model = rdflib.Graph().parse(model_path, format="turtle")
    context = load(context_path)["@context"]
    for path in paths:
        document = load(path)
        # Named by its address in the document; here it comes from a file.
        document["@context"] = context
        graph = rdflib.Graph().parse(data=json.dumps(document), format="json-ld")
        conforms, results, text = pyshacl.validate(graph, shacl_graph=model, ont_graph=model)
        if not len(graph):
            yield path, "holds nothing"
        if not conforms:
            messages = list(results.objects(None, rdflib.SH.resultMessage))
            for message in messages or [text]:
                yield path, str(message).splitlines()[0]
        count()


def cyclonedx(count, *paths):
    from cyclonedx.model.bom import Bom
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    validator = JsonStrictValidator(SchemaVersion.V1_6)
    for path in paths:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        errors = list(validator.validate_str(text, all_errors=True) or [])
        for error in errors:
            yield path, str(error).splitlines()[0]
        if not errors:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                Bom.from_json(json.loads(text)).validate()
            for warning in caught:
                yield path, str(warning.message)
        count()


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def elements(list_path, specification, regime, path):
    know_licences(list_path)
    from ntia_conformance_checker.main import main as check

    sys.argv = ["sbomcheck", "-s", specification, "-c", regime, path]
    check()


def main(kind, *arguments):
    if kind == "elements":
        return elements(*arguments)
    judge = {"schema": schema, "spdx2": spdx2, "shacl": shacl, "cyclonedx": cyclonedx}[kind]
    judged = 0

    def count():
        nonlocal judged
        judged += 1

    problems = list(judge(count, *arguments))
    for path, problem in problems:
        print(f"{path}: {problem}")
    print(f"judged {judged} documents")
    return 1 if problems else 0


try:
    code = main(*sys.argv[1:])
except Exception:  # Python itself would end with 1.
    import traceback

    traceback.print_exc()
    code = 2
sys.exit(code)
