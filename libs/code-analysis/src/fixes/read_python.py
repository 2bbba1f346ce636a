"""Reads Python texts (a JSON list on standard input) into the tree of code.ts (a JSON list on standard output).

Each answer is {"body": [...]} or {"problem": "..."}. Nothing of the texts is run.
"""
import ast
import json
import re
import sys

COMPARE = {
    ast.Eq: "===", ast.NotEq: "!==", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "===", ast.IsNot: "!==", ast.In: "in", ast.NotIn: "not in",
}
BINARY = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%", ast.Pow: "**", ast.FloorDiv: "//",
    ast.BitOr: "|", ast.BitAnd: "&", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>", ast.MatMult: "@",
}


class Reader:
    def __init__(self, text):
        self.text = text
        # As ast counts lines: form feeds and the like do not end one.
        self.lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line.encode("utf-16-le")) // 2)

    def offset(self, line, column):
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        before = text.encode("utf-8")[:column].decode("utf-8", "replace")
        return self.starts[line - 1] + len(before.encode("utf-16-le")) // 2

    def at(self, node, kind, **more):
        return {
            "kind": kind,
            "start": self.offset(node.lineno, node.col_offset),
            "end": self.offset(node.end_lineno, node.end_col_offset),
            "line": node.lineno,
            **more,
        }

    def opaque(self, node, *parts):
        return self.at(node, "opaque", text=type(node).__name__, parts=[self.expr(p) for p in parts if p is not None])

    # -- expressions -------------------------------------------------------
    def expr(self, node):
        method = getattr(self, "expr_" + type(node).__name__, None)
        if method:
            return method(node)
        return self.at(node, "opaque", text=ast.dump(node), parts=[])

    def expr_Name(self, node):
        return self.at(node, "name", name=node.id)

    def expr_Constant(self, node):
        if node.value is None or isinstance(node.value, (str, int, float, bool)):
            if isinstance(node.value, float) and (node.value != node.value or node.value in (float("inf"), float("-inf"))):
                return self.at(node, "opaque", text=repr(node.value), parts=[])
            if isinstance(node.value, int) and not isinstance(node.value, bool) and abs(node.value) > 2**53:
                return self.at(node, "opaque", text=repr(node.value), parts=[])
            return self.at(node, "literal", value=node.value)
        return self.at(node, "opaque", text=repr(node.value), parts=[])

    def expr_Attribute(self, node):
        return self.at(node, "member", object=self.expr(node.value), name=node.attr, optional=False)

    def expr_Subscript(self, node):
        index = node.slice
        if index.__class__.__name__ == "Index":  # Python 3.8
            index = index.value
        if isinstance(index, ast.Constant) and isinstance(index.value, str):
            return self.at(node, "member", object=self.expr(node.value), name=index.value, optional=False)
        return self.at(node, "index", object=self.expr(node.value), index=self.expr(index), optional=False)

    def expr_Slice(self, node):
        return {
            "kind": "opaque", "text": "slice", "start": 0, "end": 0, "line": getattr(node, "lineno", 1),
            "parts": [self.expr(p) if p is not None else {"kind": "literal", "value": None, "start": 0, "end": 0, "line": 1} for p in (node.lower, node.upper, node.step)],
        }

    def expr_Call(self, node):
        args = [self.expr(a) for a in node.args]
        for word in node.keywords:
            value = self.expr(word.value)
            if word.arg is None:
                args.append({**value, "kind": "spread", "value": value})
            else:
                start = self.offset(word.lineno, word.col_offset) if hasattr(word, "lineno") else value["start"]
                args.append({"kind": "named", "name": word.arg, "value": value, "start": start, "end": value["end"], "line": value["line"]})
        return self.at(node, "call", callee=self.expr(node.func), args=args, optional=False, isNew=False)

    def expr_Await(self, node):
        return self.at(node, "await", value=self.expr(node.value))

    def expr_Lambda(self, node):
        body = self.expr(node.body)
        back = {"kind": "return", "value": body, "implicit": True, "start": body["start"], "end": body["end"], "line": body["line"]}
        return self.at(node, "function", name=None, params=self.params(node.args), body=[back], isAsync=False)

    def expr_BoolOp(self, node):
        op = "&&" if isinstance(node.op, ast.And) else "||"
        values = [self.expr(v) for v in node.values]
        result = values[0]
        for value in values[1:]:
            result = {"kind": "binary", "op": op, "left": result, "right": value, "start": result["start"], "end": value["end"], "line": result["line"]}
        return result

    def expr_Compare(self, node):
        left = self.expr(node.left)
        result = None
        for op, right in zip(node.ops, node.comparators):
            value = self.expr(right)
            one = {"kind": "binary", "op": COMPARE[type(op)], "left": left, "right": value, "start": left["start"], "end": value["end"], "line": left["line"]}
            result = one if result is None else {**one, "op": "&&", "left": result, "right": one, "start": result["start"], "line": result["line"]}
            left = value
        return {**result, **{k: self.at(node, "")[k] for k in ("start", "end", "line")}}

    def expr_BinOp(self, node):
        return self.at(node, "binary", op=BINARY[type(node.op)], left=self.expr(node.left), right=self.expr(node.right))

    def expr_UnaryOp(self, node):
        value = self.expr(node.operand)
        if isinstance(node.op, ast.USub) and value["kind"] == "literal" and isinstance(value["value"], (int, float)):
            return self.at(node, "literal", value=-value["value"])
        op = {ast.Not: "!", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}[type(node.op)]
        return self.at(node, "unary", op=op, value=value)

    def expr_IfExp(self, node):
        return self.at(node, "choice", test=self.expr(node.test), yes=self.expr(node.body), no=self.expr(node.orelse))

    def expr_List(self, node):
        return self.at(node, "list", items=[self.expr(e) for e in node.elts])

    expr_Tuple = expr_List

    def expr_Set(self, node):
        return self.at(
            node, "call", callee={"kind": "name", "name": "set", "start": 0, "end": 0, "line": node.lineno},
            args=[self.expr_List(node)], optional=False, isNew=False,
        )

    def expr_Dict(self, node):
        entries = []
        for key, value in zip(node.keys, node.values):
            read = self.expr(value)
            if key is None:
                entries.append({"key": "...", "value": {**read, "kind": "spread", "value": read}})
            elif isinstance(key, ast.Constant) and isinstance(key.value, str):
                entries.append({"key": key.value, "value": read})
            else:
                entries.append({"key": self.expr(key), "value": read})
        return self.at(node, "object", entries=entries)

    def expr_Starred(self, node):
        return self.at(node, "spread", value=self.expr(node.value))

    def expr_JoinedStr(self, node):
        parts = []
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                parts.append(self.expr(value.value))
                if value.format_spec is not None or value.conversion not in (-1, None):
                    parts[-1] = {**parts[-1], "kind": "opaque", "text": "format:" + ast.dump(value), "parts": [parts[-1]]}
            else:
                parts.append({"kind": "literal", "value": value.value, "start": 0, "end": 0, "line": node.lineno})
        return self.at(node, "template", parts=parts)

    def expr_NamedExpr(self, node):
        return self.at(node, "assign", op="=", target=self.expr(node.target), value=self.expr(node.value))

    def comprehension(self, node, element):
        if len(node.generators) != 1:
            return self.at(node, "opaque", text=ast.dump(node), parts=[])
        only = node.generators[0]
        return self.at(
            node, "each", element=element, target=self.expr(only.target), source=self.expr(only.iter),
            conditions=[self.expr(c) for c in only.ifs],
        )

    def expr_ListComp(self, node):
        return self.comprehension(node, self.expr(node.elt))

    expr_GeneratorExp = expr_ListComp

    def expr_SetComp(self, node):
        return self.at(
            node, "call", callee={"kind": "name", "name": "set", "start": 0, "end": 0, "line": node.lineno},
            args=[self.comprehension(node, self.expr(node.elt))], optional=False, isNew=False,
        )

    # -- statements --------------------------------------------------------
    def block(self, nodes):
        return [s for n in nodes for s in self.stmts(n)]

    def stmts(self, node):
        method = getattr(self, "stmt_" + type(node).__name__, None)
        found = method(node) if method else self.at(node, "opaque", text=ast.dump(node))
        return found if isinstance(found, list) else [found]

    def stmt_Expr(self, node):
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return []
        return self.at(node, "expression", value=self.expr(node.value))

    def stmt_Assign(self, node):
        value = self.expr(node.value)
        return [self.at(node, "declare", target=self.expr(t), value=value, constant=False) if isinstance(t, (ast.Name, ast.Tuple, ast.List))
                else self.at(node, "expression", value=self.at(node, "assign", op="=", target=self.expr(t), value=value)) for t in node.targets]

    def stmt_AnnAssign(self, node):
        if node.value is None:
            return []
        return self.stmt_Assign(ast.copy_location(ast.Assign(targets=[node.target], value=node.value), node))

    def stmt_AugAssign(self, node):
        inner = self.at(node, "assign", op=BINARY[type(node.op)] + "=", target=self.expr(node.target), value=self.expr(node.value))
        return self.at(node, "expression", value=inner)

    def stmt_Assert(self, node):
        return self.at(node, "assert", test=self.expr(node.test))

    def stmt_If(self, node):
        return self.at(node, "if", test=self.expr(node.test), yes=self.block(node.body), no=self.block(node.orelse))

    def loop(self, node, **more):
        base = {"init": [], "test": None, "step": None, "target": None, "source": None, **more}
        found = self.at(node, "loop", body=self.block(node.body), **base)
        return [{k: v for k, v in found.items() if v is not None}, *self.block(node.orelse)]

    def stmt_While(self, node):
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        found = self.loop(node, test=None if endless else self.expr(node.test))
        if node.orelse:  # runs only without a break: not an ordinary next statement
            return [found[0], {**self.at(node, "if"), "test": self.at(node, "opaque", text="loop ended without break", parts=[]), "yes": found[1:], "no": []}]
        return found

    def stmt_For(self, node):
        found = self.loop(node, target=self.expr(node.target), source=self.expr(node.iter))
        if node.orelse:
            return [found[0], {**self.at(node, "if"), "test": self.at(node, "opaque", text="loop ended without break", parts=[]), "yes": found[1:], "no": []}]
        return found

    stmt_AsyncFor = stmt_For

    def stmt_Return(self, node):
        found = self.at(node, "return", implicit=False)
        if node.value is not None:
            found["value"] = self.expr(node.value)
        return found

    def stmt_Raise(self, node):
        found = self.at(node, "throw")
        if node.exc is not None:
            found["value"] = self.expr(node.exc)
        return found

    def stmt_Break(self, node):
        return self.at(node, "jump", how="break")

    def stmt_Continue(self, node):
        return self.at(node, "jump", how="continue")

    def stmt_Pass(self, node):
        return []

    def stmt_Delete(self, node):
        return [self.at(node, "expression", value=self.at(node, "unary", op="delete", value=self.expr(t))) for t in node.targets]

    def stmt_Try(self, node):
        handlers = []
        for handler in node.handlers:
            one = {"body": self.block(handler.body), "line": handler.lineno}
            if handler.name:
                one["name"] = handler.name
            if handler.type is not None:
                one["type"] = self.expr(handler.type)
            handlers.append(one)
        return self.at(node, "try", body=self.block(node.body) + self.block(node.orelse), handlers=handlers, last=self.block(node.finalbody))

    def stmt_With(self, node):
        items = []
        for item in node.items:
            one = {"value": self.expr(item.context_expr)}
            if item.optional_vars is not None:
                one["target"] = self.expr(item.optional_vars)
            items.append(one)
        return self.at(node, "with", items=items, body=self.block(node.body))

    stmt_AsyncWith = stmt_With

    def params(self, arguments):
        found = []
        positional = [*getattr(arguments, "posonlyargs", []), *arguments.args]
        defaults = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
        for one, default in [*zip(positional, defaults), *zip(arguments.kwonlyargs, arguments.kw_defaults)]:
            name = self.at(one, "name", name=one.arg)
            found.append(name if default is None else {**name, "kind": "assign", "op": "=", "target": name, "value": self.expr(default)})
        for rest in (arguments.vararg, arguments.kwarg):
            if rest is not None:
                name = self.at(rest, "name", name=rest.arg)
                found.append({**name, "kind": "spread", "value": name})
        return found

    def stmt_FunctionDef(self, node):
        body = [n for n in node.body]
        value = self.at(node, "function", name=node.name, params=self.params(node.args), body=self.block(body), isAsync=isinstance(node, ast.AsyncFunctionDef))
        return self.at(node, "define", name=node.name, value=value, decorators=[self.expr(d) for d in node.decorator_list])

    stmt_AsyncFunctionDef = stmt_FunctionDef

    def stmt_ClassDef(self, node):
        return self.at(node, "class", name=node.name, body=self.block(node.body), decorators=[self.expr(d) for d in node.decorator_list])

    def stmt_Import(self, node):
        return [self.at(node, "import", source=a.name, names=[{"imported": "*", "local": a.asname or a.name.split(".")[0]}]) for a in node.names]

    def stmt_ImportFrom(self, node):
        names = [{"imported": a.name, "local": a.asname or a.name} for a in node.names]
        return self.at(node, "import", source="." * node.level + (node.module or ""), names=names)


def read(text):
    try:
        return {"body": Reader(text).block(ast.parse(text).body)}
    except SyntaxError as error:
        return {"problem": "line %s does not parse: %s" % (error.lineno or 1, error.msg)}
    except (ValueError, RecursionError) as error:
        return {"problem": "it does not parse: %s" % error}


sys.setrecursionlimit(5000)
json.dump([read(text) for text in json.loads(sys.stdin.buffer.read())], sys.stdout)
