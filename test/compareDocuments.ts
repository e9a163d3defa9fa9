/** Compares two OpenAPI 3.0 documents: for every operation of ours, what the contract says about it. */
export interface Schema {
  $ref?: string; type?: string; format?: string; 'x-format'?: { guid?: boolean }; nullable?: boolean; enum?: unknown[]; default?: unknown;
  properties?: Record<string, Schema>; required?: string[]; items?: Schema; anyOf?: Schema[]; oneOf?: Schema[]; allOf?: Schema[];
  additionalProperties?: boolean | Schema; [rule: string]: unknown;
}
interface Parameter { name: string; in: string; required?: boolean; schema?: Schema }
interface Content { content?: Record<string, { schema?: Schema }> }
interface Operation { parameters?: Parameter[]; requestBody?: Content & { required?: boolean }; responses: Record<string, Content> }
export interface Document { paths: Record<string, Record<string, Operation>>; components?: { schemas?: Record<string, Schema> } }

const INPUT_RULES = ['default', 'minimum', 'maximum', 'exclusiveMinimum', 'minLength', 'maxLength', 'pattern', 'minItems', 'maxItems'];
const show = (value: unknown) => (value === undefined ? 'none' : JSON.stringify(value) ?? 'none').replaceAll('"', '');

/** Formats as the wire has them: the contract's generator says `guid`, and `date` where full times are sent. */
function formatOf(schema: Schema): string | undefined {
  if (schema['x-format']?.guid) return 'uuid';
  return schema.format === 'date' ? 'date-time' : schema.format;
}

/** An alternative that stands for null alone: OpenAPI 3.0 has no better word. */
const isNull = (choice: Schema) => choice.nullable === true && !choice.$ref && !choice.properties && (choice.type === undefined || choice.enum?.[0] === null);
/** The alternatives other than null, nested ones in line. */
function choicesOf(schema: Schema): Schema[] | undefined {
  const choices = (schema.anyOf ?? schema.oneOf)?.filter((choice) => !isNull(choice));
  return choices?.flatMap((choice) => choicesOf(choice) ?? [choice]);
}
const isNullable = (schema: Schema) => schema.nullable === true || (schema.anyOf ?? schema.oneOf ?? []).some(isNull);

class Comparison {
  readonly differences: string[] = [];
  readonly #ours: Document;
  readonly #theirs: Document;

  constructor(ours: Document, theirs: Document) { this.#ours = ours; this.#theirs = theirs; }

  #say(where: string, what: string): void { this.differences.push(`${where}: ${what}`); }

  static #resolve(schema: Schema | undefined, document: Document): Schema {
    let found = schema ?? {};
    while (found.$ref) found = document.components?.schemas?.[found.$ref.split('/').at(-1) as string] ?? {};
    return found;
  }

  /** A schema of input carries rules and defaults; of answers the shape counts. */
  schema(where: string, oursIn: Schema | undefined, theirsIn: Schema | undefined, input: boolean): void {
    const ours = Comparison.#resolve(oursIn, this.#ours);
    const theirs = Comparison.#resolve(theirsIn, this.#theirs);
    const [ourChoices, theirChoices] = [choicesOf(ours), choicesOf(theirs)];
    if (ourChoices || theirChoices) {
      if (isNullable(ours) !== isNullable(theirs)) this.#say(where, `nullable ${isNullable(ours)} instead of ${isNullable(theirs)}`);
      if (ourChoices?.length !== theirChoices?.length) this.#say(where, `${ourChoices?.length ?? 1} alternatives instead of ${theirChoices?.length ?? 1}`);
      else ourChoices?.forEach((choice, index) => this.schema(`${where}|${index}`, choice, theirChoices?.[index], input));
      return;
    }
    for (const [rule, our, their] of [
      ['type', ours.type, theirs.type], ['format', formatOf(ours), formatOf(theirs)], ['nullable', isNullable(ours), isNullable(theirs)],
      ['enum', ours.enum?.toSorted(), theirs.enum?.toSorted()],
      ...(input ? INPUT_RULES.map((rule) => [rule, ours[rule], theirs[rule]]) : []),
    ]) {
      if (show(our) !== show(their)) this.#say(where, `${String(rule)} ${show(our)} instead of ${show(their)}`);
    }
    if (theirs.type === 'array') this.schema(`${where}[]`, ours.items, theirs.items, input);
    if (theirs.type === 'object') this.#object(where, ours, theirs, input);
  }

  #object(where: string, ours: Schema, theirs: Schema, input: boolean): void {
    const names = new Set([...Object.keys(ours.properties ?? {}), ...Object.keys(theirs.properties ?? {})]);
    for (const name of names) {
      const [our, their] = [ours.properties?.[name], theirs.properties?.[name]];
      const at = `${where}.${name}`;
      if (!our) this.#say(at, 'missing in ours');
      else if (!their) this.#say(at, 'not in the contract');
      else {
        this.schema(at, our, their, input);
        const [need, needed] = [ours.required?.includes(name) ?? false, theirs.required?.includes(name) ?? false];
        if (need !== needed) this.#say(at, need ? 'required in ours only' : 'required in the contract only');
      }
    }
    const [open, theirOpen] = [ours.additionalProperties, theirs.additionalProperties];
    if (typeof open === 'object' && typeof theirOpen === 'object') this.schema(`${where}.*`, open, theirOpen, input);
  }

  #parameters(where: string, ours: Parameter[], theirs: Parameter[]): void {
    const keyOf = (one: Parameter) => `${one.in} ${one.name}`;
    for (const key of new Set([...ours, ...theirs].map(keyOf))) {
      const [our, their] = [ours.find((one) => keyOf(one) === key), theirs.find((one) => keyOf(one) === key)];
      const at = `${where}: ${key}`;
      if (!our) this.#say(at, 'missing in ours');
      else if (!their) this.#say(at, 'not in the contract');
      else {
        if ((our.required ?? false) !== (their.required ?? false)) this.#say(at, `required ${our.required ?? false} instead of ${their.required ?? false}`);
        this.schema(at, our.schema, their.schema, true);
      }
    }
  }

  #responses(where: string, ours: Operation['responses'], theirs: Operation['responses']): void {
    const jsonOf = (response: Content | undefined) => response?.content?.['application/json']?.schema;
    for (const [status, response] of Object.entries(ours)) {
      const their = theirs[status];
      if (!their) this.#say(where, `status ${status} is not in the contract`);
      else if (status.startsWith('2')) this.schema(`${where} -> ${status}`, jsonOf(response), jsonOf(their), false);
      else {
        const known = Comparison.#resolve(jsonOf(response), this.#ours);
        const absent = (Comparison.#resolve(jsonOf(their), this.#theirs).required ?? []).filter((name) => !known.required?.includes(name));
        if (absent.length > 0) this.#say(`${where} -> ${status}`, `an error body without ${absent.join(', ')}`);
      }
    }
    for (const status of Object.keys(theirs)) {
      if (status.startsWith('2') && !ours[status]) this.#say(where, `status ${status} is missing in ours`);
    }
  }

  operation(where: string, ours: Operation, theirs: Operation): void {
    this.#parameters(where, ours.parameters ?? [], theirs.parameters ?? []);
    const [ourBody, theirBody] = [ours.requestBody, theirs.requestBody];
    if (Boolean(ourBody) !== Boolean(theirBody)) this.#say(where, ourBody ? 'a body that the contract does not have' : 'no body');
    else if (ourBody) {
      this.schema(`${where} <- body`, ourBody.content?.['application/json']?.schema, theirBody?.content?.['application/json']?.schema, true);
    }
    this.#responses(where, ours.responses, theirs.responses);
  }
}

/** @returns one line a difference, `method path…: what`; operations that only the contract has are none. */
export function compareDocuments(ours: Document, theirs: Document): string[] {
  const comparison = new Comparison(ours, theirs);
  for (const [path, operations] of Object.entries(ours.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const their = theirs.paths[path]?.[method];
      if (their) comparison.operation(`${method} ${path}`, operation, their);
      else comparison.differences.push(`${method} ${path}: not in the contract's document`);
    }
  }
  return comparison.differences;
}
