/**
 * JSON paths over a parsed document (B.5): RFC 9535, plus `.length` of arrays and strings, a dot before a bracket and
 * `[(@.length-1)]`.
 * Promises: only own members of the document are ever seen; depth and breadth of the document do not matter to the stack.
 * Never: evaluation of code. Time is not bounded here: see extract.ts.
 */
import { JSONPathEnvironment, JSONPathNode, jsonpath, type JSONPathQuery, type JSONValue } from 'json-p3';
import { member } from './plainPath.ts';

const environment = new JSONPathEnvironment({ strict: true });

/** All nodes that `path` selects, in document order. Throws an Error that says what is wrong with the path. */
export function selectNodes(path: string, document: unknown): unknown[] {
  const query = environment.compile(inStandardForm(path));
  adapt(query);
  return query.query(document as JSONValue).nodes.map((node) => node.value);
}

/** Strings stay untouched; the habits of older JSON path dialects become their RFC 9535 form. */
function inStandardForm(path: string): string {
  return path.replace(
    /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?<!\.)\.(?=\[)|\[\s*\(\s*@\.length\s*-\s*([1-9]\d*)\s*\)\s*\]|[=!]==/g,
    (found, fromEnd: string | undefined) => {
      if (fromEnd !== undefined) return `[-${fromEnd}]`;
      if (found === '.') return '';
      return found === '===' || found === '!==' ? found.slice(0, 2) : found;
    },
  );
}

/**
 * Gives the compiled query resolvers of our own. The library's recurse with the depth of the document, copy the way
 * to every node and pass whole lists as arguments: each of these breaks on large documents.
 */
function adapt(query: JSONPathQuery): void {
  for (const segment of query.segments) {
    const descends = segment.toString().startsWith('..');
    const resolveAll = (node: JSONPathNode, into: JSONPathNode[]) => {
      for (const selector of segment.selectors) for (const found of selector.resolve(node)) into.push(found);
    };
    segment.resolve = (nodes) => {
      const found: JSONPathNode[] = [];
      for (const node of nodes) {
        if (descends) for (const below of withDescendants(node)) resolveAll(below, found);
        else resolveAll(node, found);
      }
      return found;
    };
    for (const selector of segment.selectors) {
      if (selector instanceof jsonpath.selectors.FilterSelector) adaptWithin(selector.expression);
      if (selector instanceof jsonpath.selectors.NameSelector && selector.name === 'length' && !descends) {
        selector.resolve = (node) => {
          const found = member(node.value, 'length');
          return found ? [new JSONPathNode(found.value as JSONValue, [], node.root)] : [];
        };
      }
    }
  }
}

/** Finds the queries inside a filter expression. */
function adaptWithin(expression: unknown): void {
  if (expression instanceof jsonpath.expressions.FilterQuery) adapt(expression.path);
  if (expression instanceof jsonpath.expressions.LogicalExpression) adaptWithin(expression.expression);
  if (expression instanceof jsonpath.expressions.PrefixExpression) adaptWithin(expression.right);
  if (expression instanceof jsonpath.expressions.FunctionExtension) expression.args.forEach(adaptWithin);
  if (expression instanceof jsonpath.expressions.InfixExpression) {
    adaptWithin(expression.left);
    adaptWithin(expression.right);
  }
}

/** `start` and everything below it, parents before children. */
function* withDescendants(start: JSONPathNode): Generator<JSONPathNode> {
  const waiting = [start.value];
  while (waiting.length > 0) {
    const value = waiting.pop()!;
    yield new JSONPathNode(value, [], start.root);
    if (typeof value !== 'object' || value === null) continue;
    const children: JSONValue[] = Array.isArray(value) ? value : Object.values(value);
    for (let i = children.length - 1; i >= 0; i--) waiting.push(children[i]!);
  }
}
