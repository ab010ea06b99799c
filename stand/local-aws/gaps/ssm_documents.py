"""AWS::SSM::Document in CloudFormation, and GetDocument, DescribeDocument and ListDocuments over the same store."""
import hashlib
import json
import time

from ministack.core.responses import AccountRegionScopedDict, error_response_json, get_account_id, json_response
from ministack.services import ssm
from ministack.services.cloudformation import provisioners

_documents = AccountRegionScopedDict()

# A document's content may hold 64 KB.
CONTENT_LIMIT_BYTES = 65_536


def _content(props) -> str:
    content = props["Content"]
    text = content if isinstance(content, str) else json.dumps(content)
    if len(text.encode()) > CONTENT_LIMIT_BYTES:
        raise ValueError("MaxDocumentSizeExceeded: The document content exceeds 64 KB")
    parsed = json.loads(text)
    if not parsed.get("schemaVersion"):
        raise ValueError("InvalidDocumentContent: schemaVersion is missing")
    return text


def _version(number: int, text: str) -> dict:
    return {"number": str(number), "content": text, "hash": hashlib.sha256(text.encode()).hexdigest(), "created": time.time()}


def _create(logical_id, props, stack_name):
    name = props.get("Name") or provisioners._physical_name(stack_name, logical_id)
    if name in _documents:
        raise ValueError(f"{name} already exists")
    _documents[name] = {"name": name, "type": props.get("DocumentType", "Command"), "targetType": props.get("TargetType", ""),
                        "versions": [_version(1, _content(props))]}
    return name, {"Name": name}


def _update(physical_id, old_props, new_props, stack_name, logical_id=None):
    """`UpdateMethod: NewVersion` adds a version and makes it the default; otherwise the document is replaced."""
    if new_props.get("UpdateMethod", "Replace") != "NewVersion":
        if new_props.get("Name") == physical_id and new_props.get("Content") != old_props.get("Content"):
            raise ValueError(f"CloudFormation cannot replace the custom-named document {physical_id}; set UpdateMethod to NewVersion")
        _documents.pop(physical_id, None)
        return _create(logical_id or physical_id, new_props, stack_name)
    document, text = _documents[physical_id], _content(new_props)
    if document["versions"][-1]["content"] != text:
        document["versions"].append(_version(len(document["versions"]) + 1, text))
    return physical_id, {"Name": physical_id}


def _delete(physical_id, props) -> None:
    _documents.pop(physical_id, None)


def _find(data):
    document = _documents.get((data.get("Name") or "").split("document/")[-1])
    if not document:
        return None, None
    wanted = str(data.get("DocumentVersion") or "$DEFAULT")
    if wanted in ("$DEFAULT", "$LATEST"):
        return document, document["versions"][-1]
    return document, next((version for version in document["versions"] if version["number"] == wanted), None)


def _description(document, version) -> dict:
    content = json.loads(version["content"])
    parameters = [{"Name": name, "Type": spec.get("type"), "Description": spec.get("description", ""),
                   "DefaultValue": spec.get("default") if isinstance(spec.get("default"), str) else json.dumps(spec.get("default"))}
                  for name, spec in (content.get("parameters") or {}).items()]
    newest = document["versions"][-1]["number"]
    return {"Name": document["name"], "DocumentVersion": version["number"], "DefaultVersion": newest, "LatestVersion": newest,
            "Hash": version["hash"], "HashType": "Sha256", "Status": "Active", "DocumentType": document["type"],
            "DocumentFormat": "JSON", "SchemaVersion": content["schemaVersion"], "Parameters": parameters, "Owner": get_account_id(),
            "PlatformTypes": ["Linux"], "CreatedDate": version["created"], "TargetType": document["targetType"]}


def _invalid(data, document):
    if document is None:
        return error_response_json("InvalidDocument", f"Document with name {data.get('Name')} does not exist.", 400)
    return error_response_json("InvalidDocumentVersion", f"Document version {data.get('DocumentVersion')} does not exist.", 400)


def _get_document(data):
    document, version = _find(data)
    if version is None:
        return _invalid(data, document)
    return json_response({"Name": document["name"], "DocumentVersion": version["number"], "Status": "Active",
                          "Content": version["content"], "DocumentType": document["type"], "DocumentFormat": "JSON"})


def _describe_document(data):
    document, version = _find(data)
    return json_response({"Document": _description(document, version)}) if version else _invalid(data, document)


def _list_documents(data):
    return json_response({"DocumentIdentifiers": [_description(item, item["versions"][-1]) for item in _documents.values()]})


_ACTIONS = {"GetDocument": _get_document, "DescribeDocument": _describe_document, "ListDocuments": _list_documents}


async def _handle_request(method, path, headers, body, query_params):
    action = _ACTIONS.get(headers.get("x-amz-target", "").split(".")[-1])
    if action:
        return action(json.loads(body or b"{}"))
    return await _ministack_handle_request(method, path, headers, body, query_params)


_ministack_handle_request = ssm.handle_request


def fill() -> None:
    provisioners._RESOURCE_HANDLERS["AWS::SSM::Document"] = {
        "create": _create, "update": _update, "update_with_logical_id": True, "delete": _delete,
    }
    ssm.handle_request = _handle_request
