"""YAML in and out: text from strangers, schemas, files that are never half written."""

from vmlab.documents.problem import Document, InputError, Place, Problem
from vmlab.documents.read import MAX_FILE_BYTES, parse_document, read_document
from vmlab.documents.schema import mistakes, validated
from vmlab.documents.write import refuse_to_lose, to_yaml, write_document

__all__ = [
    "MAX_FILE_BYTES",
    "Document",
    "InputError",
    "Place",
    "Problem",
    "mistakes",
    "parse_document",
    "read_document",
    "refuse_to_lose",
    "to_yaml",
    "validated",
    "write_document",
]
