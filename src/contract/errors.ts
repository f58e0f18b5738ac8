/**
 * Every error a caller can cause, by the name the domain gives it: the status it answers with, and its code where that is not the name.
 * A retired name stays, so it is never used again.
 */
export const errors = {
  malformed_json: { status: 400 },
  invalid_query: { status: 400 },
  invalid_query_params: { status: 400 },
  bad_request: { status: 400 },
  /** Tools are not cloned, nor what calls one. */
  tools_not_supported: { status: 400 },
  /** A document that is not there, or not of this account. integrator.io calls that `invalid_ref` too. */
  not_found: { status: 404, code: 'invalid_ref' },
  unknown_route: { status: 404, code: 'not_found' },
  /** The path is there, with other methods; `Allow` names them. */
  method_not_allowed: { status: 405 },
  /** Nobody is known by that: a wrong address, password, token or link. */
  sign_in_failed: { status: 401 },
  /** The OpenID provider of this installation does not answer, or answers what is no OpenID Connect. */
  provider_unavailable: { status: 503 },
  /** It came with the cookie of a session, and not from a page of this server. */
  cross_site_request: { status: 403 },
  /** The caller's access level does not reach to this operation. */
  access_denied: { status: 403 },
  /** A header that does not hold what it has to: `integrator-ashareid` is no id. */
  invalid_header_value: { status: 403 },
  /** An account share that is not the caller's, or not in force. */
  access_restricted: { status: 404 },
  /** The operation is one of an account that is shared with the caller, and no share is named. */
  get_not_allowed: { status: 403 },
  conflict: { status: 409 },
  /** Something else calls the tool, so it stays. */
  tool_in_use: { status: 409 },
  /** The document is not the one that `If-Match` speaks of. */
  precondition_failed: { status: 412 },
  request_too_large: { status: 413 },
  uri_too_long: { status: 414 },
  unsupported_media_type: { status: 415 },
  missing_required_field: { status: 422 },
  invalid_field: { status: 422 },
  /** A reference to something that does not exist in the account. */
  invalid_ref: { status: 422 },
  invalid_secret: { status: 422 },
  /** The connection signs in without a person, or does not say where one agrees. */
  connection_not_authorizable: { status: 422 },
  invalid_patch: { status: 422 },
  unknown_field: { status: 422 },
  /** No user of this server has that address. */
  invalid_user: { status: 422 },
  missing_license_edition: { status: 422 },
  invalid_trialEndDate: { status: 422 },
  cannot_modify_trialEndDate: { status: 422 },
  /** Licences name the edition. */
  edition_delete_not_allowed: { status: 422 },
  license_expired: { status: 422 },
  /** One licence serves one installation. */
  license_in_use: { status: 422 },
  /** Not an installation of an Integration App, or of one that can do that. */
  invalid_integration_app: { status: 422 },
  /** Not the step that is to be taken now. */
  invalid_step: { status: 422 },
  /** The code of an Integration App is not what was shown before its installation was begun. */
  code_changed: { status: 422 },
  /** A resource of an Integration App, of which users change what the app exposes. */
  app_resource_locked: { status: 422 },
  /** The installation is being brought to another version. */
  update_in_progress: { status: 422 },
  /** The flow is switched off, or has nothing to run. */
  flow_not_runnable: { status: 422 },
  /** A file that is not taken: the export reads none, as many wait as may, or it would be too large. */
  upload_refused: { status: 422 },
  /** A part of a file that does not begin where the file ends. */
  upload_offset: { status: 409 },
  /** More than a lookup cache holds, or than one request may write to it or read from it. */
  lookup_cache_limit: { status: 422 },
  /** More documents belong to what is to be copied than one request copies. */
  too_many_resources: { status: 422 },
  /** A script threw, or passed a bound. With it come `script`, `function`, and where they are known `line`, `trace` and `bound`. */
  script_error: { status: 422 },
  /** The two problems of a body, where the operation calls that a bad request. */
  bad_field: { status: 400, code: 'invalid_field' },
  bad_missing_field: { status: 400, code: 'missing_required_field' },
  /** A pull is between an integration and its direct clone, in either direction. */
  not_a_relative: { status: 422 },
  /** A pull or a revert that would change nothing. */
  nothing_to_change: { status: 422 },
  /** Files that are no state of an integration. */
  invalid_archive: { status: 422 },
  /** An integration has one open pull or revert at a time. */
  revision_in_progress: { status: 409 },
  unresolved_conflicts: { status: 409 },
  open_install_steps: { status: 409 },
  /** What a revision would make of its integration could not be saved. It stays open. */
  invalid_result: { status: 422 },
  /** A revision changes more than its integration, and nobody has said yet that it shall. */
  unconfirmed_warnings: { status: 409 },
  /** The integration is no longer in the state that a revision was opened on. */
  integration_changed: { status: 409 },
  /** What was asked for is not possible for a revision of this type, or one that is open, done, failed or canceled. */
  invalid_revision_state: { status: 400 },
  /** The connection does not work: it does not answer its ping as it should. With it come `source` and `failureCode`. */
  connection_failed: { status: 422 },
  /** What was to be exported or imported on request could not be, as a whole. With it come `source` and `failureCode`, as in the errors of flows. */
  export_failed: { status: 422 },
  import_failed: { status: 422 },
  /** The account has as much under way as it may have at once: requests to applications, archives, bodies and answers. `Retry-After` says when to ask again. */
  too_many_at_once: { status: 429 },
  /** Something refers to the document that was to be removed. */
  has_dependents: { status: 422 },
  /** More than the state of an integration holds. */
  state_limit: { status: 422 },
  /** The account made more requests than its limit allows; `Retry-After` says when to go on. */
  rate_limited: { status: 429 },
  /** The server holds as much as it can, for all accounts together; `Retry-After` says when to ask again. */
  server_busy: { status: 503 },
  header_too_large: { status: 431 },
  internal_error: { status: 500 },
  /** The database cannot be asked at the moment; `Retry-After` says when to come again. */
  service_unavailable: { status: 503 },
} as const satisfies Record<string, { status: number; code?: string }>

export type ErrorCode = keyof typeof errors
export const statusOf = (name: ErrorCode): number => errors[name].status
export const codeOf = (name: ErrorCode): string => (errors[name] as { code?: string }).code ?? name
