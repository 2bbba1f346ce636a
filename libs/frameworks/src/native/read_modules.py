"""Reads Python test modules without running them: a JSON list of files on stdin, facts by file on stdout."""
import ast
import json
import sys

METHODS = {"get", "post", "put", "patch", "delete", "login"}


def path_of(node):
    """A path with what is not literal as {}; None when even its beginning is unknown."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left = path_of(node.left)
        return None if left is None else left + (path_of(node.right) or "{}")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        left = path_of(node.left)
        return None if left is None else left.replace("%s", "{}").replace("%d", "{}")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return path_of(node.func.value)
    return None


def is_page(node, names):
    if isinstance(node, ast.Name):
        return node.id in names
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "service"
        and is_page(node.func.value, names)
    )


def calls_of(tree, names):
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and is_page(node.value, names):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
    found = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        if node.func.attr in METHODS and is_page(node.func.value, names):
            path = path_of(node.args[0])
            if path is not None:
                found.append(("post" if node.func.attr == "login" else node.func.attr, path))
    return found


def read(path):
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read(), path)
    except SyntaxError as error:
        return {"problem": {"line": error.lineno or 1, "message": f"is not valid: {error.msg}"}}
    except (OSError, ValueError) as error:
        return {"problem": {"message": f"cannot be read: {error}"}}
    facts = {"hasRun": False}
    document = ast.get_docstring(tree)
    names = {"page"}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == "run":
            facts.update(hasRun=True, line=node.lineno)
            document = document or ast.get_docstring(node)
            if node.args.args:
                names.add(node.args.args[0].arg)
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "META" for t in node.targets):
            try:
                value = ast.literal_eval(node.value)
                if not isinstance(value, dict):
                    raise ValueError
                facts["meta"] = {str(key): value[key] for key in value}
            except (ValueError, TypeError):
                facts["problem"] = {
                    "line": node.lineno,
                    "message": "its META is not literal: discovery runs no code, so write plain texts, numbers and lists",
                }
    if document:
        facts["description"] = " ".join(document.strip().split("\n\n")[0].split())
    facts["calls"] = calls_of(tree, names)
    return facts


json.dump({path: read(path) for path in json.load(sys.stdin)}, sys.stdout, default=str)
