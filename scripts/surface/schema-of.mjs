// A TypeScript type as JSON Schema: of what JSON.stringify makes of a value of that type.
import ts from 'typescript';

/** @returns undefined where nothing is printed */
export function schemaOf(checker, type) {
  const parts = (type.isUnion() ? type.types : [type]).filter((one) => !isNothing(one));
  return parts.length === 0 ? undefined : union(checker, parts, 'the document');
}

const NOTHING = ts.TypeFlags.Undefined | ts.TypeFlags.Void | ts.TypeFlags.Never;

function isNothing(type) {
  return (type.flags & NOTHING) !== 0;
}

/** @param where the key it stands at: what is named `…_at` is a time, which text says in ISO 8601 */
function union(checker, types, where) {
  const { length } = types;
  const values = types.filter((one) => one.isStringLiteral() || one.isNumberLiteral()).map(({ value }) => value);
  const simple = [...new Set(types.map(simpleName).filter(Boolean))];
  const objects = types.filter((one) => !(one.isStringLiteral() || one.isNumberLiteral()) && !simpleName(one));
  if (values.length === 1 && length === 1) return { const: values[0] };
  if (values.length > 0 && objects.length === 0 && simple.every((name) => name === 'null')) {
    return { enum: [...sorted(values), ...simple.map(() => null)] };
  }
  const schemas = sorted(
    objects.map((one) => structured(checker, one, where)),
    JSON.stringify,
  );
  if (values.length > 0) schemas.push({ enum: sorted(values) });
  if (simple.length > 0) schemas.push(simpleSchema(simple, where));
  return schemas.length === 1 ? schemas[0] : { anyOf: schemas };
}

/** The checker has things in the order in which it met them, which another file among the sources changes. */
function sorted(values, by = (value) => value) {
  return [...values].sort((a, b) => (by(a) < by(b) ? -1 : 1));
}

function simpleName({ flags }) {
  if (flags & ts.TypeFlags.String) return 'string';
  if (flags & ts.TypeFlags.Number) return 'number';
  if (flags & ts.TypeFlags.BooleanLike) return 'boolean';
  if (flags & ts.TypeFlags.Null) return 'null';
  return undefined;
}

function simpleSchema(names, where) {
  const type = names.length === 1 ? names[0] : sorted(names);
  return names.includes('string') && /(^|_)at$/.test(where) ? { type, format: 'date-time' } : { type };
}

function structured(checker, type, where) {
  if (type.flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Any)) return {};
  if (checker.isTupleType(type)) return tuple(checker, type, where);
  if (checker.isArrayType(type)) {
    return { type: 'array', items: property(checker, checker.getTypeArguments(type)[0], where) };
  }
  if (type.getCallSignatures().length > 0 || /^(Map|Set|Date)$/.test(type.symbol?.name ?? '')) {
    throw new Error(`${where}: ${checker.typeToString(type)} is not JSON`);
  }
  return object(checker, type);
}

function tuple(checker, type, where) {
  const items = checker.getTypeArguments(type).map((one) => property(checker, one, where));
  return { type: 'array', prefixItems: items, minItems: items.length, maxItems: items.length };
}

function object(checker, type) {
  const properties = {};
  const required = [];
  for (const symbol of sorted(checker.getPropertiesOfType(type), ({ name }) => name)) {
    const its = checker.getTypeOfSymbol(symbol);
    const optional = symbol.flags & ts.SymbolFlags.Optional || (its.isUnion() ? its.types : [its]).some(isNothing);
    const schema = property(checker, its, symbol.name);
    if (!schema) continue;
    const description = ts.displayPartsToString(symbol.getDocumentationComment(checker)).replaceAll('\n', ' ');
    properties[symbol.name] = description === '' ? schema : { description, ...schema };
    if (!optional) required.push(symbol.name);
  }
  const others = checker.getIndexInfosOfType(type)[0];
  const additionalProperties = others ? property(checker, others.type, '') : false;
  const known = required.length > 0 ? { properties, required } : { properties };
  return { type: 'object', ...known, additionalProperties };
}

function property(checker, type, where) {
  const parts = (type.isUnion() ? type.types : [type]).filter((one) => !isNothing(one));
  return parts.length === 0 ? undefined : union(checker, parts, where);
}
