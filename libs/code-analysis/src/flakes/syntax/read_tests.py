"""Reads Python test files without running them: a JSON list of files on stdin, a program by file on stdout (see program.ts)."""
import ast
import json
import os
import sys

OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**", ast.MatMult: "@",
    ast.BitOr: "|", ast.BitAnd: "&", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
    ast.And: "&&", ast.Or: "||", ast.Not: "!", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~",
}
MOST_BYTES = 1_000_000


class Reader:
    def __init__(self):
        self.imports = []
        self.mentions = set()

    def name(self, text, at):
        self.mentions.add(text)
        return {"k": "name", "at": at, "name": text}

    def operation(self, at, operator, operands):
        return {"k": "operation", "at": at, "operator": operator, "operands": operands}

    def each(self, nodes):
        return [self.expression(node) for node in nodes]

    def expression(self, node):
        at = getattr(node, "lineno", 1)
        read = getattr(self, "on_" + type(node).__name__, None)
        if read:
            return read(node, at)
        children = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        return self.operation(at, "other", self.each(children))

    def on_Constant(self, node, at):
        value = node.value
        if isinstance(value, (str, bool, int, float)) or value is None:
            if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
                return self.operation(at, "other", [])
            if isinstance(value, int) and abs(value) > 2 ** 53:
                return self.operation(at, "other", [])
            return {"k": "literal", "at": at, "value": value}
        if isinstance(value, bytes):
            return {"k": "literal", "at": at, "value": value.decode("latin-1")}
        return self.operation(at, "other", [])

    def on_JoinedStr(self, node, at):
        parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
        return {"k": "text", "at": at, "parts": self.each(parts)}

    def on_Name(self, node, at):
        return self.name(node.id, at)

    def on_Attribute(self, node, at):
        self.mentions.add(node.attr)
        return {"k": "member", "at": at, "of": self.expression(node.value), "name": node.attr}

    def on_Subscript(self, node, at):
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            self.mentions.add(node.slice.value)
            return {"k": "member", "at": at, "of": self.expression(node.value), "name": node.slice.value, "key": True}
        if isinstance(node.slice, ast.Slice):
            limits = [part for part in (node.slice.lower, node.slice.upper) if part]
            callee = {"k": "member", "at": at, "of": self.expression(node.value), "name": "slice"}
            return {"k": "call", "at": at, "callee": callee, "args": self.each(limits)}
        return {"k": "index", "at": at, "of": self.expression(node.value), "index": self.expression(node.slice)}

    def on_Call(self, node, at):
        call = {"k": "call", "at": at, "callee": self.expression(node.func), "args": self.each(node.args)}
        named = [[keyword.arg, self.expression(keyword.value)] for keyword in node.keywords if keyword.arg]
        call["args"] += [{"k": "spread", "at": at, "of": self.expression(k.value)} for k in node.keywords if not k.arg]
        if named:
            self.mentions.update(key for key, _ in named)
            call["named"] = named
        return call

    def on_Starred(self, node, at):
        return {"k": "spread", "at": at, "of": self.expression(node.value)}

    def on_List(self, node, at):
        return {"k": "list", "at": at, "items": self.each(node.elts)}

    on_Tuple = on_List

    def on_Set(self, node, at):
        return {"k": "list", "at": at, "items": self.each(node.elts), "isSet": True}

    def on_Dict(self, node, at):
        entries = []
        for key, value in zip(node.keys, node.values):
            text = None if key is None else key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
            if text:
                self.mentions.add(text)
            entries.append([text, self.expression(value)])
        return {"k": "map", "at": at, "entries": entries}

    def on_BinOp(self, node, at):
        operator = OPERATORS.get(type(node.op), "other")
        # A long chain of `+` nests as deep as it is long.
        operands, left = [node.right], node.left
        while operator == "+" and isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
            operands.append(left.right)
            left = left.left
        operands.append(left)
        return self.operation(at, operator, self.each(reversed(operands)))

    def on_UnaryOp(self, node, at):
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant) and isinstance(node.operand.value, (int, float)):
            return {"k": "literal", "at": at, "value": -node.operand.value}
        return self.operation(at, OPERATORS[type(node.op)], [self.expression(node.operand)])

    def on_BoolOp(self, node, at):
        return self.operation(at, OPERATORS[type(node.op)], self.each(node.values))

    def on_Compare(self, node, at):
        left, parts = node.left, []
        for operator, right in zip(node.ops, node.comparators):
            parts.append(self.operation(at, OPERATORS[type(operator)], [self.expression(left), self.expression(right)]))
            left = right
        return parts[0] if len(parts) == 1 else self.operation(at, "&&", parts)

    def on_IfExp(self, node, at):
        return self.operation(at, "?:", self.each([node.test, node.body, node.orelse]))

    def on_Lambda(self, node, at):
        body = [{"k": "return", "at": at, "value": self.expression(node.body)}]
        return {"k": "function", "at": at, "fn": self.function_parts(node.args, body, at, None, False, [])}

    def on_Await(self, node, at):
        return {"k": "await", "at": at, "of": self.expression(node.value)}

    def on_Yield(self, node, at):
        return self.operation(at, "yield", [self.expression(node.value)] if node.value else [])

    def on_NamedExpr(self, node, at):
        return {"k": "assign", "at": at, "operator": "=", "target": self.expression(node.target), "value": self.expression(node.value)}

    def comprehension(self, node, at, element):
        # [f(x) for x in xs if c] is xs.filter(x => c).map(x => f(x)).
        result = self.expression(element)
        for part in reversed(node.generators):
            over = self.expression(part.iter)
            for test in part.ifs:
                over = self.with_each("filter", over, part.target, self.expression(test), at)
            result = self.with_each("map", over, part.target, result, at)
        return result

    def with_each(self, method, over, target, result, at):
        body = [{"k": "return", "at": at, "value": result}]
        fn = {"at": at, "params": [self.expression(target)], "body": body, "isAsync": False, "decorators": []}
        callee = {"k": "member", "at": at, "of": over, "name": method}
        return {"k": "call", "at": at, "callee": callee, "args": [{"k": "function", "at": at, "fn": fn}]}

    def on_ListComp(self, node, at):
        return self.comprehension(node, at, node.elt)

    on_GeneratorExp = on_ListComp

    def on_SetComp(self, node, at):
        return {"k": "call", "at": at, "callee": self.name("set", at), "args": [self.comprehension(node, at, node.elt)]}

    def on_DictComp(self, node, at):
        return self.comprehension(node, at, node.value)

    def function_parts(self, args, body, at, name, is_async, decorators):
        given = [*args.posonlyargs, *args.args]
        params = [self.name(arg.arg, at) for arg in given]
        for place, value in enumerate(args.defaults):
            index = len(given) - len(args.defaults) + place
            params[index] = {"k": "default", "at": at, "target": params[index], "value": self.expression(value)}
        for arg, value in zip(args.kwonlyargs, args.kw_defaults):
            target = self.name(arg.arg, at)
            params.append({"k": "default", "at": at, "target": target, "value": self.expression(value)} if value else target)
        fn = {"at": at, "params": params, "body": body, "isAsync": is_async, "decorators": self.each(decorators)}
        if name:
            self.mentions.add(name)
            fn["name"] = name
        return fn

    def function(self, node):
        return self.function_parts(
            node.args, self.statements(node.body), node.lineno, node.name, isinstance(node, ast.AsyncFunctionDef), node.decorator_list
        )

    def statements(self, nodes):
        found = []
        for node in nodes:
            found += self.statement(node)
        return found

    def bind(self, target, value, at):
        target = self.expression(target)
        if target["k"] in ("member", "index"):
            return {"k": "expression", "at": at, "value": {"k": "assign", "at": at, "operator": "=", "target": target, "value": value}}
        return {"k": "bind", "at": at, "target": target, "value": value, "constant": False}

    def statement(self, node):
        at = node.lineno
        kind = type(node)
        if kind in (ast.FunctionDef, ast.AsyncFunctionDef):
            function = {"k": "function", "at": at, "fn": self.function(node)}
            return [{"k": "bind", "at": at, "target": self.name(node.name, at), "value": function, "constant": True}]
        if kind is ast.ClassDef:
            methods = [self.function(each) for each in node.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))]
            rest = [each for each in node.body if not isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))]
            return [{"k": "class", "at": at, "name": node.name, "bases": self.each(node.bases), "methods": methods,
                     "body": self.statements(rest), "decorators": self.each(node.decorator_list)}]
        if kind is ast.Expr:
            return [{"k": "expression", "at": at, "value": self.expression(node.value)}]
        if kind is ast.Assign:
            value = self.expression(node.value)
            return [self.bind(target, value, at) for target in node.targets]
        if kind is ast.AnnAssign:
            return [self.bind(node.target, self.expression(node.value), at)] if node.value else []
        if kind is ast.AugAssign:
            operator = OPERATORS.get(type(node.op), "other") + "="
            value = {"k": "assign", "at": at, "operator": operator, "target": self.expression(node.target), "value": self.expression(node.value)}
            return [{"k": "expression", "at": at, "value": value}]
        if kind is ast.Return:
            return [{"k": "return", "at": at, "value": self.expression(node.value)} if node.value else {"k": "return", "at": at}]
        if kind is ast.Raise:
            return [{"k": "throw", "at": at, "value": self.expression(node.exc)} if node.exc else {"k": "throw", "at": at}]
        if kind is ast.Assert:
            return [{"k": "assert", "at": at, "test": self.expression(node.test)}]
        if kind is ast.If:
            return [{"k": "if", "at": at, "test": self.expression(node.test), "yes": self.statements(node.body),
                     "no": self.statements(node.orelse)}]
        if kind in (ast.For, ast.AsyncFor):
            return [{"k": "loop", "at": at, "before": [], "each": self.expression(node.target), "over": self.expression(node.iter),
                     "body": self.statements(node.body)}, *self.statements(node.orelse)]
        if kind is ast.While:
            return [{"k": "loop", "at": at, "before": [], "test": self.expression(node.test), "body": self.statements(node.body)},
                    *self.statements(node.orelse)]
        if kind in (ast.Try, getattr(ast, "TryStar", ast.Try)):
            handlers = [each for handler in node.handlers for each in self.statements(handler.body)]
            return [{"k": "try", "at": at, "body": self.statements([*node.body, *node.orelse]), "handlers": handlers,
                     "hasHandler": bool(node.handlers), "last": self.statements(node.finalbody)}]
        if kind in (ast.With, ast.AsyncWith):
            items = [[self.expression(item.context_expr), self.expression(item.optional_vars) if item.optional_vars else None]
                     for item in node.items]
            return [{"k": "with", "at": at, "items": items, "body": self.statements(node.body)}]
        if kind is ast.Import:
            for name in node.names:
                self.imports.append({"from": name.name if name.asname else name.name.split(".")[0], "name": "*",
                                     "local": name.asname or name.name.split(".")[0]})
                self.mentions.update((name.name, name.asname or name.name))
        elif kind is ast.ImportFrom:
            module = "." * node.level + (node.module or "")
            for name in node.names:
                self.imports.append({"from": module, "name": name.name, "local": name.asname or name.name})
                self.mentions.update((module, name.name, name.asname or name.name))
        elif kind in (ast.Global, ast.Nonlocal):
            return [{"k": "outer", "at": at, "names": node.names}]
        elif kind is ast.Delete:
            targets = [self.operation(at, "delete", [self.expression(target)]) for target in node.targets]
            return [{"k": "expression", "at": at, "value": target} for target in targets]
        elif kind is ast.Break:
            return [{"k": "leave", "at": at}]
        elif hasattr(ast, "Match") and kind is ast.Match:
            return [{"k": "block", "at": at, "body": self.statements(case.body)} for case in node.cases]
        return []


def read(path):
    try:
        with open(path, "rb") as file:
            text = file.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            return {"problem": f"is larger than the {MOST_BYTES} bytes that one source file may have"}
        reader = Reader()
        body = reader.statements(ast.parse(text, path).body)
    except SyntaxError as error:
        return {"problem": f"is not valid: {error.msg}", "line": error.lineno or 1}
    except RecursionError:
        return {"problem": "nests its expressions too deeply"}
    except (OSError, ValueError) as error:
        return {"problem": f"cannot be read: {error.strerror if isinstance(error, OSError) else error}"}
    return {"imports": reader.imports, "body": body, "mentions": sorted(reader.mentions)}


def helpers_of(path, program):
    """Files of the project that a test can use: what it imports, and the conftest.py of its folder and those above."""
    folder = os.path.dirname(path)
    for one in program.get("imports", ()):
        module = one["from"].lstrip(".")
        level = len(one["from"]) - len(module)
        base = folder
        for _ in range(level - 1):
            base = os.path.dirname(base)
        steps = module.split(".") if module else []
        for start in ([base] if level else [folder, ""]):
            for stem in (os.path.join(start, *steps), os.path.join(start, *steps, one["name"])):
                for candidate in (stem + ".py", os.path.join(stem, "__init__.py")):
                    yield os.path.normpath(candidate)
    while True:
        yield os.path.join(folder, "conftest.py")
        if not folder:
            return
        folder = os.path.dirname(folder)


MOST_FILES = 5_000
sys.setrecursionlimit(3_000)
programs = {}
pending = json.load(sys.stdin)
known = set(pending)
while pending:
    current = pending.pop()
    programs[current] = read(current)
    for helper in helpers_of(current, programs[current]):
        if helper not in known and not helper.startswith("..") and len(known) < MOST_FILES:
            known.add(helper)
            if os.path.isfile(helper):
                pending.append(helper)
sys.stdout.write(json.dumps(programs, default=str))
