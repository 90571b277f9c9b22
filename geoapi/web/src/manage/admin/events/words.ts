/** What was done, in words. */
import { say } from "../../../ui/language.svelte.ts";

const NAMES: Record<string, readonly [string, string]> = {
  sign_in: ["登录", "Signed in"],
  sign_in_failed: ["登录失败", "Failed to sign in"],
  sign_out: ["退出", "Signed out"],
  oidc_sign_in: ["用统一身份登录", "Signed in at the provider"],
  oidc_sign_in_failed: ["统一身份登录失败", "Failed to sign in at the provider"],
  oidc_link: ["关联统一身份", "Linked an identity"],
  oidc_unlink: ["解除统一身份", "Unlinked an identity"],
  change_password: ["修改密码", "Changed the password"],
  change_password_failed: ["修改密码失败", "Failed to change the password"],
  change_name: ["修改姓名", "Changed their name"],
  revoke_session: ["结束一个登录", "Ended a session"],
  revoke_other_sessions: ["结束其他登录", "Ended other sessions"],
  invite: ["邀请", "Invited somebody"],
  revoke_invitation: ["撤销邀请", "Took an invitation back"],
  accept_invitation: ["接受邀请", "Accepted an invitation"],
  give_role: ["给予身份", "Gave a role"],
  take_role: ["收回身份", "Took a role away"],
  disable_account: ["停用账号", "Disabled an account"],
  enable_account: ["启用账号", "Enabled an account"],
  make_recovery_link: ["生成恢复链接", "Made a recovery link"],
  recover: ["用恢复链接设了新密码", "Set a new password by a recovery link"],
  create_organisation: ["新建组织", "Added an organisation"],
  rename_organisation: ["组织改名", "Renamed an organisation"],
  create_override: ["设置应急开放", "Made emergency hours"],
  end_override: ["结束应急开放", "Ended emergency hours"],
  rejected_move: ["驳回迁移", "Rejected a move"],
  withdrawn_move: ["撤回迁移申请", "Withdrew a move"],
  resolve_conflict: ["处理导入冲突", "Settled a conflict with an import"],
  review_duplicate: ["处理疑似重复", "Looked at look-alikes"],
  resolve_report: ["处理工人反映", "Settled a report"],
  plan_change: ["预定修改", "Planned a change"],
  cancel_planned: ["取消预定", "Cancelled a plan"],
  planned_lapsed: ["预定未生效", "A plan lapsed"],
  mend_import_row: ["修改并导入一行", "Mended a row and loaded it"],
  retry_import_row: ["导入一行", "Loaded a row"],
  retry_import_rows: ["再试待查的行", "Tried waiting rows again"],
  set_aside_import_row: ["设一行为不导入", "Set a row aside"],
  set_aside_import_rows: ["设多行为不导入", "Set rows aside"],
  restore_import_row: ["恢复一行为待查", "Let a row wait again"],
};

// what stands beside an action; a name that is not here is shown as it was written down
const DETAILS: Record<string, readonly [string, string]> = {
  accepted: ["已导入", "loaded"],
  account: ["账号", "account"],
  after: ["之后", "after"],
  batch: ["批次", "load"],
  before: ["之前", "before"],
  columns: ["列", "columns"],
  decision: ["结论", "decision"],
  district_codes: ["区", "districts"],
  districts: ["区", "districts"],
  effective_on: ["生效", "from"],
  expires_at: ["有效到", "until"],
  field: ["字段", "field"],
  file: ["文件", "file"],
  invitation: ["邀请", "invitation"],
  issuer: ["身份提供方", "provider"],
  kind: ["种类", "kind"],
  login: ["登录名", "login"],
  name: ["名称", "name"],
  note: ["附言", "note"],
  organisation: ["组织", "organisation"],
  planned_id: ["预定编号", "plan"],
  reason: ["原因", "reason"],
  resolution: ["结果", "outcome"],
  role: ["身份", "role"],
  row: ["行", "row"],
  rows: ["行数", "rows"],
  session: ["登录编号", "session"],
  sessions: ["登录数", "sessions"],
  sessions_ended: ["结束的登录", "sessions ended"],
  source: ["来源", "source"],
  station_id: ["站点编号", "station"],
  take: ["采用", "took"],
  was: ["原为", "was"],
};

const VALUES: Record<string, readonly [string, string]> = {
  cookie: ["浏览器", "browser"],
  token: ["程序", "program"],
};

/** Those that can be asked for. */
export const EVENTS: readonly string[] = Object.keys(NAMES);

export function eventName(action: string): string {
  const known = NAMES[action];
  return known ? say(...known) : action;
}

/** What else is on record of it, as text: ids and names as they were written down. */
export function shownDetail(detail: Record<string, unknown>): [string, string][] {
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== "" && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => [
      worded(DETAILS, name, name.replaceAll("_", " ")),
      typeof value === "object"
        ? JSON.stringify(value)
        : name === "kind"
          ? worded(VALUES, String(value))
          : String(value),
    ]);
}

function worded(words: Record<string, readonly [string, string]>, code: string, other = code): string {
  const known = Object.hasOwn(words, code) ? words[code] : undefined;
  return known ? say(...known) : other;
}
