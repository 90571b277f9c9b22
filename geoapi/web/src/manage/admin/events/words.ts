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
      name.replaceAll("_", " "),
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ]);
}
