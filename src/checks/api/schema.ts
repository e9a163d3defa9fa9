/** Settings of an API check (B.6), and the rules a schema cannot say. */
import { Type } from 'typebox';
import { Nullable, OneOf, type Static } from '../../contract/base.ts';
import { BODY_TYPES, HTTP_METHODS } from '../kit/httpSettings.ts';
import { responseTimeRule } from '../kit/limits.ts';
import { Assertion, CheckFields, FileIndexes, GroupFields, IpFamily, KeyValue, RequestUrl, ScriptPath, SharedFiles, responseTimeLimits } from '../kit/schemas.ts';

const ApiAssertion = Assertion(['STATUS_CODE', 'JSON_BODY', 'HEADERS', 'TEXT_BODY', 'RESPONSE_TIME']);

/** An empty user name means none. */
const BasicAuth = Type.Object({ username: Type.String(), password: Type.String() });

const ApiRequest = Type.Object({
  method: OneOf(HTTP_METHODS),
  url: RequestUrl,
  followRedirects: Type.Boolean({ default: true }),
  skipSSL: Type.Boolean({ default: false }),
  ipFamily: IpFamily,
  body: Type.String({ default: '' }),
  bodyType: OneOf(BODY_TYPES, { default: 'NONE' }),
  headers: Type.Array(KeyValue, { default: [] }),
  queryParameters: Type.Array(KeyValue, { default: [] }),
  basicAuth: Type.Union([BasicAuth, Type.Null()], { default: null }),
  assertions: Type.Array(ApiAssertion, { default: [] }),
});

/** Scripts around the request; a blank one is none. */
const scripts = {
  localSetupScript: Type.Optional(Nullable(Type.String())),
  localTearDownScript: Type.Optional(Nullable(Type.String())),
  setupSnippetId: Type.Optional(Nullable(Type.Number())),
  tearDownSnippetId: Type.Optional(Nullable(Type.Number())),
};

// Defaults are not filled in below a nullable value: in a group every field may be missing.
const { property, target, regex } = ApiAssertion.properties;
const GroupAssertion = Type.Object({
  ...ApiAssertion.properties,
  property: Type.Optional(property), target: Type.Optional(target), regex: Type.Optional(regex),
});
const GroupKeyValue = Type.Object({ ...KeyValue.properties, value: Type.Optional(KeyValue.properties.value) });

/** What a group gives its API checks. */
const ApiGroup = Type.Object({
  ...GroupFields.properties,
  apiCheckDefaults: Type.Optional(Nullable(Type.Object({
    url: Type.Optional(Nullable(Type.String())),
    headers: Type.Optional(Nullable(Type.Array(GroupKeyValue))),
    queryParameters: Type.Optional(Nullable(Type.Array(GroupKeyValue))),
    basicAuth: Type.Optional(Nullable(BasicAuth)),
    assertions: Type.Optional(Nullable(Type.Array(GroupAssertion))),
  }))),
  ...scripts,
}, { additionalProperties: true });

/** ms; the endpoint's defaults, for settings that name none (B.2). */
const DEFAULT_LIMITS = { degraded: 5_000, max: 20_000 };

export const ApiSettings = Type.Object({
  ...CheckFields.properties,
  group: Type.Optional(Nullable(ApiGroup)),
  request: ApiRequest,
  ...scripts,
  setupScriptPath: ScriptPath,
  tearDownScriptPath: ScriptPath,
  setupScriptDependencies: FileIndexes,
  tearDownScriptDependencies: FileIndexes,
  sharedFiles: SharedFiles,
  ...responseTimeLimits(DEFAULT_LIMITS),
}, { additionalProperties: true });
export type ApiSettings = Static<typeof ApiSettings>;

type Scripts = Pick<ApiSettings, keyof typeof scripts>;

/** Whether a process of the user's is started for the check. */
export function hasScripts({ localSetupScript, localTearDownScript, group }: Scripts & { group?: Scripts | null | undefined }): boolean {
  return [localSetupScript, localTearDownScript].some((script) => (script ?? '').trim() !== '') || (group ? hasScripts(group) : false);
}

/** The first broken rule as a sentence that names the field, or null. */
export const checkRules = (settings: ApiSettings): string | null => responseTimeRule(settings, DEFAULT_LIMITS);
