//! The registry of problem codes: the stable part of every refusal.
//!
//! **Invariant.** A code, once published, keeps its meaning and its status. Each has a page at
//! `/problems/<code>` in both languages, and an end-to-end test that produces it.

use axum::http::StatusCode;

use super::Bilingual;

macro_rules! codes {
    ($($name:ident $slug:literal $status:ident $zh_title:literal $en_title:literal $zh:literal $en:literal $([$($member:literal)*])?;)*) => {
        /// Why a request was refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Code { $(#[doc = $en] $name,)* }

        impl Code {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable name on the wire.
            pub(crate) fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }

            pub(crate) fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            pub(crate) fn title(self) -> Bilingual {
                match self { $(Self::$name => Bilingual::new($zh_title, $en_title),)* }
            }

            /// What happened and what to do, for the page of the code.
            pub(crate) fn explanation(self) -> Bilingual {
                match self { $(Self::$name => Bilingual::new($zh, $en),)* }
            }

            /// The members that may come with it, beyond those of every problem.
            pub(crate) fn members(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($($member),*)?],)* }
            }
        }
    };
}

codes! {
    InvalidJson "invalid-json" BAD_REQUEST
        "请求体不是合法的 JSON" "The body is not valid JSON"
        "请求体无法解析，可能在途中被截断。请检查后原样重发；服务器没有做任何改动。"
        "The body cannot be parsed; it may have been cut off on the way. Check it and send it again; nothing was changed."
        ["at"];
    InvalidXml "invalid-xml" UNPROCESSABLE_ENTITY
        "请求体不是可接受的 XML" "The body is no XML that is read"
        "文件无法解析，或含一律拒收的内容：DOCTYPE 与自定义实体、UTF-8 以外的编码、过深或过多的元素与属性。detail 说明原因；服务器没有做任何改动。"
        "The document cannot be parsed, or holds what is never read: a document type and entities of its own, another encoding than UTF-8, elements too deep or too many. `detail` says which; nothing was changed.";
    AlertSenderUnknown "alert-sender-unknown" UNPROCESSABLE_ENTITY
        "不采信该发布者的预警" "Alerts of this sender are not believed"
        "预警的发布者（见 sender）不在本服务器采信的名单内（设置 alert_senders）。请核对来源；确属可信时由运维人员加入名单。"
        "The sender of the alert (see `sender`) is none of those that this server believes (setting `alert_senders`). Check where it comes from; if it is to be believed, the operator adds it."
        ["sender"];
    AlertConflict "alert-conflict" CONFLICT
        "同名预警内容不同" "Another document has the name of this alert"
        "已有同一发布者、编号与发布时间的预警（见 alert_id），内容与此不同。发布者更正预警时须用新编号；请核对来源。"
        "An alert of the same sender, identifier and time was taken in (see `alert_id`), and its document is another one. A sender corrects an alert under a new name; check where this one comes from."
        ["alert_id"];
    ContentDigestMismatch "content-digest-mismatch" BAD_REQUEST
        "请求体与摘要不符" "The body is not the one that was sent"
        "请求体与 Content-Digest 头中的 SHA-256 摘要不符，说明内容在途中被改动，或该头写法有误。请原样重发；服务器没有做任何改动。"
        "The body does not have the SHA-256 digest of the Content-Digest header: it was altered on the way, or the header cannot be read. Send it again; nothing was changed.";
    InvalidParameter "invalid-parameter" BAD_REQUEST
        "查询参数有误" "A query parameter is wrong"
        "某个查询参数不认识、重复或超出范围。errors 逐项说明。"
        "A query parameter is unknown, repeated or out of range. `errors` names each.";
    InvalidQuery "invalid-query" UNPROCESSABLE_ENTITY
        "查询条件不成立" "The query does not hold"
        "各个查询参数的写法都对，但取值不成立或彼此不相配，例如只给了经度，或引用了不存在的灾害事件。errors 逐项说明。"
        "Each query parameter is well formed, but a value does not hold or does not go with another: a longitude alone, or an incident that does not exist. `errors` names each.";
    InvalidRequest "invalid-request" UNPROCESSABLE_ENTITY
        "请求内容有误" "The request is not valid"
        "请求格式正确，但有字段不符合要求。errors 用 JSON Pointer 一次列出全部字段及原因；没有写入任何内容。"
        "The request is well formed but fields are not valid. `errors` lists all of them at once by JSON Pointer; nothing was written.";
    UnsupportedMediaType "unsupported-media-type" UNSUPPORTED_MEDIA_TYPE
        "不支持的内容类型" "The content type is not supported"
        "请按接口说明设置 Content-Type，多数接口为 application/json。"
        "Set Content-Type as the operation documents it: application/json for most.";
    BodyTooLarge "body-too-large" PAYLOAD_TOO_LARGE
        "请求体过大" "The body is too large"
        "请求体超过该接口的上限。请分批发送。"
        "The body is over the limit of this operation. Where it is a list, send it in parts."
        ["limit_bytes"];
    Unauthenticated "unauthenticated" UNAUTHORIZED
        "需要登录" "Credentials are missing or not valid"
        "请在 Authorization 头中携带有效的会话令牌或接口密钥。令牌可能已过期或被撤销。"
        "Send a valid session token or API key in the Authorization header. A token may have expired or been revoked.";
    LoginFailed "login-failed" UNAUTHORIZED
        "登录失败" "The login failed"
        "用户名或密码不对。为防猜测，两种情况的回答相同。"
        "The login name or the password is wrong. Both cases get the same answer, so that names cannot be guessed.";
    SecondFactorMissing "second-factor-missing" UNAUTHORIZED
        "还需要验证码" "A code is needed as well"
        "密码正确，但该账号启用了第二因素。请带上 code（手机上的验证码或恢复码）重新登录。"
        "The password is right, and the account has a second factor. Send the login again with `code`: what the telephone shows, or a recovery code.";
    PasswordExpired "password-expired" UNAUTHORIZED
        "密码已过期" "The password is too old"
        "密码正确，但已超过规定的更换期限（天数见 days_max）。请带上 new_password 重新登录；账号没有被锁定。"
        "The password is right, and older than the rules allow (see `days_max`). Send the login again with `new_password` beside it; the account is not locked."
        ["days_max"];
    PasswordGiven "password-given" UNAUTHORIZED
        "须先更换管理员给的密码" "A password that was given has to be changed first"
        "密码正确，但它是管理员设置的，只能用一次。请带上 new_password（自己选的新密码）重新登录；账号没有被锁定。"
        "The password is right, and an administrator chose it: it is good for one thing. Send the login again with `new_password`, which you choose, beside it; the account is not locked.";
    LoginTooOld "login-too-old" FORBIDDEN
        "须重新登录" "Log in again first"
        "该账号没有密码，做这件事前须在最近 fresh_s 秒内登录过。请经身份提供方重新登录，再原样重发。"
        "The account has no password, so this takes a login of the last `fresh_s` seconds. Log in by the identity provider again, and send it once more."
        ["fresh_s"];
    ProviderLoginInvalid "provider-login-invalid" UNAUTHORIZED
        "统一登录须重新开始" "This login by the identity provider is over"
        "该次统一登录不存在、已用过、已超时，或 state 与开始时的不符。请用 POST /v1/provider-logins 重新开始。"
        "There is no such login, it was used, it took too long, or `state` is not the one that it began with. Begin anew with POST /v1/provider-logins.";
    ProviderLoginRefused "provider-login-refused" UNAUTHORIZED
        "统一登录被拒绝" "The identity provider's word was not taken"
        "身份提供方没有让该人登录，或它的答复不可信（原因见 reason：issuer、audience、nonce、signature、algorithm、expired 等）。请重新开始；若一再发生，请联系管理员。"
        "The identity provider did not let the person in, or what it answered is not to be believed (see `reason`: issuer, audience, nonce, signature, algorithm, expired and others). Begin anew; tell the operator if it happens again."
        ["reason"];
    IdentityNotLinked "identity-not-linked" UNAUTHORIZED
        "该身份还没有对应的账号" "No account belongs to this identity"
        "身份提供方认得此人，但没有账号与之对应。请把 issuer 和 subject 告诉安全管理员，由其用 POST /v1/accounts/{account_id}/identities 建立对应。"
        "The identity provider knows the person, and no active account is linked to it. Tell a security administrator `issuer` and `subject`, who links them by POST /v1/accounts/{account_id}/identities."
        ["issuer" "subject"];
    SetupCodeWrong "setup-code-wrong" UNAUTHORIZED
        "初始化码不对" "The setup code is wrong"
        "请使用服务器首次启动时打印的一次性初始化码。"
        "Use the one-time setup code that the server printed at its first start.";
    Forbidden "forbidden" FORBIDDEN
        "没有权限" "Not allowed"
        "您能看到该对象，但您的角色不允许这一操作。需要的权限见 capability。"
        "You may see this object, but your role does not allow the operation. `capability` names what it takes."
        ["capability" "action" "owner_ids"];
    SecondPersonNeeded "second-person-needed" FORBIDDEN
        "须由另一人批准" "Somebody else has to agree to it"
        "提出（计划、开单、提交或记录口头调令）的人不能自己批准。请由物资所有者的另一位批准人批准；确实只有一人在岗时，请用 approve-alone 并写明理由，该例外会留痕并可查。"
        "Whoever planned, drew up, submitted or wrote down an order does not agree to it for the owner. Ask another approver of the owner; where nobody else is there, use approve-alone and say why: the exception is recorded and can be listed.";
    SecondFactorRequired "second-factor-required" FORBIDDEN
        "须先启用第二因素" "A second factor has to be enrolled first"
        "该账号的角色必须启用第二因素。请先调用 POST /v1/accounts/{account_id}/second-factor 并确认，之后其他操作即可使用。"
        "A role of this account must have a second factor. Ask for one by POST /v1/accounts/{account_id}/second-factor and confirm it; then everything else is answered.";
    NotFound "not-found" NOT_FOUND
        "找不到" "Not found"
        "没有这个对象，或它不在您的组织范围之内。两种情况的回答相同。"
        "There is no such object, or it lies outside your organisation's reach. Both cases get the same answer.";
    MethodNotAllowed "method-not-allowed" METHOD_NOT_ALLOWED
        "不支持的方法" "The method is not allowed here"
        "该地址不支持此方法，可用的方法见 Allow 头。"
        "This address does not take the method; the Allow header lists those it takes.";
    Timeout "timeout" REQUEST_TIMEOUT
        "请求超时" "The request took too long to arrive"
        "请求体未在时限内收完。没有写入任何内容；请用同一个 Idempotency-Key 重发。"
        "The body did not arrive in time. Nothing was written; send it again with the same Idempotency-Key.";
    IdempotencyKeyMissing "idempotency-key-missing" BAD_REQUEST
        "缺少 Idempotency-Key" "Idempotency-Key is missing or not valid"
        "写操作须带 Idempotency-Key 头（1 到 255 个可见 ASCII 字符，由客户端生成），这样断线重发也只生效一次。"
        "A writing POST needs an Idempotency-Key header (1 to 255 visible ASCII characters, made by the client), so that sending it again has one effect.";
    IdempotencyKeyReused "idempotency-key-reused" UNPROCESSABLE_ENTITY
        "Idempotency-Key 已用于另一请求" "The Idempotency-Key was used for another request"
        "同一个 Idempotency-Key 只能用于完全相同的请求。新请求请换新的键。"
        "One Idempotency-Key stands for one request, body included. Use a new key for a new request.";
    PreconditionRequired "precondition-required" PRECONDITION_REQUIRED
        "缺少 If-Match" "If-Match is missing"
        "修改前请先读取对象，并把其 ETag 放入 If-Match 头，以免覆盖他人的修改。"
        "Read the object first and send its ETag in the If-Match header, so that nobody's change is overwritten.";
    PreconditionFailed "precondition-failed" PRECONDITION_FAILED
        "对象已被他人修改" "The object was changed meanwhile"
        "您读取之后该对象已有新版本（见 current_version）。请重新读取，再作修改。"
        "The object has a newer version than the one you read (see `current_version`). Read it again and repeat your change."
        ["current_version"];
    AlreadyExists "already-exists" CONFLICT
        "已存在" "It exists already"
        "编号、代码或名称已被占用（见 constraint）。"
        "The id, code or name is taken (see `constraint`)."
        ["constraint" "earlier"];
    WrongState "wrong-state" CONFLICT
        "当前状态不允许" "The state does not allow it"
        "对象当前的状态（见 state）不允许这一操作。"
        "The object's present state (see `state`) does not allow the operation."
        ["state" "action" "depot_id" "lot_id" "lot_change_id" "loan_id" "disposal_id" "call_off_id" "agreement_id" "order_id" "reservation_id" "shipment_id" "stocktake_id" "recall_id" "assessment_id" "statement_id" "lines" "deadline_at" "paper_due_at" "reverses" "reversed_by" "taken_apart_by" "running_orders"];
    FairUseExceeded "fair-use-exceeded" CONFLICT
        "超出公平使用份额" "More than a fair share"
        "物权单位为紧缺物资设了份额，本单超出本单位的份额（见 excess：已领用 drawn、份额 share_limit、另行许可 permitted、超出 beyond）。可减少数量，或请物权单位的批准人按规则 rule_id 另行许可；自己给自己的许可不算。没有写入任何内容。"
        "The owner of scarce goods leaves each organisation a share, and this order goes beyond it (see `excess`: what was drawn, the limit, what was permitted beside it, and by how much it is too much). Order less, or ask an approver of the owner for a permit under the rule; what you permitted yourself does not count. Nothing was written."
        ["excess"];
    InsufficientStock "insufficient-stock" CONFLICT
        "可用库存不足" "Not enough stock is available"
        "可用量（见 available）少于所需（见 requested）。没有写入任何内容。"
        "Less is available (see `available`) than was asked for (see `requested`). Nothing was written."
        ["available" "requested" "item_id" "lot_id" "condition" "depot_id" "zone_id" "shipment_id" "reservation_id" "reservation_ids" "stocktake_id" "agreement_id" "call_off_id" "withheld"];
    GoodsWithheld "goods-withheld" CONFLICT
        "物资不得用于此用途" "The goods may not serve this purpose"
        "所列物资已过期、被召回、非可用状态，或被捐赠人限定了用途（见 withheld）。确需动用的，由物权单位的审批人注明理由放行（override）。没有写入任何内容。"
        "The goods listed in `withheld` have expired, were recalled, are not usable, or are bound to another purpose by their donor. Somebody who approves for their owner may override this with a reason. Nothing was written."
        ["withheld"];
    PlanStale "plan-stale" CONFLICT
        "方案已过时" "The plan is stale"
        "方案算出之后库存或需求已有变化（见 changes）。请重新生成方案。没有预占任何物资。"
        "Stock or needs changed since the plan was made (see `changes`). Make a new plan. Nothing was reserved."
        ["changes"];
    JournalForked "journal-forked" CONFLICT
        "日志已分叉" "The journal has forked"
        "您所持的检查点由本系统签署，而现在的日志不再以它为开头：历史被改写过，或恢复了旧备份。请保存您的检查点并报告审计人员；size 为检查点的大小，given_root 为其根，sealed_size 为现在的大小，root 为现在在该处的根。"
        "The checkpoint that you hold was signed here, and the journal no longer begins with it: history was rewritten, or an old backup was restored. Keep your checkpoint and tell an auditor. `size` and `given_root` are those of the checkpoint, `sealed_size` is the size now, `root` the root that there is now at that size."
        ["size" "given_root" "sealed_size" "root"];
    AlreadySetUp "already-set-up" CONFLICT
        "系统已初始化" "The system is set up already"
        "首个账号已经建立，初始化码随之失效。"
        "The first account exists, and the setup code died with that.";
    OutOfSequence "out-of-sequence" CONFLICT
        "序号不连续" "The number is not the next one"
        "设备的指令须按序号逐条补录，此前还有未收到的序号。请从 next_sequence 开始重发。"
        "The commands of a device are taken in the order of their numbers, and one before these was not heard yet. Send them again from `next_sequence` on."
        ["device_id" "next_sequence"];
    DeviceCloned "device-cloned" CONFLICT
        "发现两台设备使用同一编号" "There are two of the device"
        "同一序号已用于另一条指令，或前后指令不相衔接：可能有两台设备使用同一编号。该编号不再接收新指令；请为设备重新登记，未确认的指令用新序号补录。"
        "A number was used for another command, or a command does not follow the one before it: two devices call themselves the same. Nothing new is taken from it. Register the device anew, and send what was not acknowledged under new numbers."
        ["device_id" "sequence"];
    FileRejected "file-rejected" UNPROCESSABLE_ENTITY
        "文件未被接受" "The file was not accepted"
        "文件无法读取，或其中有错误。errors 逐条列出工作表、单元格与原因。没有写入任何内容。"
        "The file cannot be read or holds errors. `errors` lists sheet, cell and reason of each. Nothing was written."
        ["rows_total" "rows_bad" "errors_total"];
    ListTooLong "list-too-long" UNPROCESSABLE_ENTITY
        "列表放不进一个文件" "The list does not fit into one file"
        "列表的行数（上限见 rows_max）或内容超出一个文件的容量。请用筛选条件分几次导出。"
        "The list has more rows than a file may have (see `rows_max`), or holds more than it can. Take it in parts by a filter."
        ["rows_max"];
    NoLoginProvider "no-login-provider" CONFLICT
        "没有配置身份提供方" "No identity provider is set"
        "本系统没有配置统一登录（设置项 oidc_issuer）。请用密码登录。"
        "This installation logs nobody in by an identity provider (setting `oidc_issuer`). Log in by password.";
    TooManyAttempts "too-many-attempts" TOO_MANY_REQUESTS
        "尝试次数过多" "Too many attempts"
        "请按 Retry-After 头给出的秒数稍后再试。"
        "Try again after the number of seconds in the Retry-After header."
        ["retry_after_s"];
    NetworkLocked "network-locked" TOO_MANY_REQUESTS
        "该网络尝试次数过多" "Too many failed logins from this network"
        "从您所在的网络（同一 IPv4 地址，或同一 IPv6 /64）来的错误登录太多，暂时谁也不能由此登录。请按 Retry-After 头给出的秒数稍后再试；已登录的人不受影响。"
        "Too many logins failed from your network (one IPv4 address, or one /64 of IPv6), and nobody logs in from there for a while. Try again after the number of seconds in the Retry-After header; whoever is logged in stays so."
        ["retry_after_s"];
    ProviderUnreachable "provider-unreachable" SERVICE_UNAVAILABLE
        "身份提供方无法访问" "The identity provider cannot be reached"
        "身份提供方没有按时作答，或答非所问。请稍后重新开始，或用密码登录。"
        "The identity provider did not answer in time, or not as it should. Begin anew later, or log in by password.";
    Busy "busy" SERVICE_UNAVAILABLE
        "服务器繁忙" "The server is busy"
        "数据库暂时忙或不可用。若是写操作，服务器可能不知道它是否已经生效；请稍后用同一个 Idempotency-Key 重发，它只会生效一次。"
        "The database is busy or away for the moment. If you were writing, even the server may not know whether that took effect; send it again later with the same Idempotency-Key, and it takes effect once.";
    TookTooLong "took-too-long" SERVICE_UNAVAILABLE
        "数据库处理超时" "The database took too long"
        "一条数据库语句超过了时限（statement_timeout_s），已被中止，没有写入任何内容。可能是要的数据太多，也可能是数据库正忙；请缩小范围，或按 Retry-After 头给出的秒数稍后再试。"
        "A statement of the database ran longer than it may (`statement_timeout_s`) and was broken off. Nothing was written. Either much was asked for, or the database is busy: ask for less, or try again after the number of seconds in the Retry-After header.";
    StorageFull "storage-full" INSUFFICIENT_STORAGE
        "服务器磁盘已满" "The server's disk is full"
        "没有写入任何内容；查询照常可用。请管理员腾出空间，之后用同一个 Idempotency-Key 重发即可，无需重启。"
        "Nothing was written; reading goes on. When the operator has freed space, send it again with the same Idempotency-Key; nothing has to be restarted.";
    Internal "internal" INTERNAL_SERVER_ERROR
        "服务器内部错误" "An internal fault"
        "这是服务器的错误，已记入日志。报告时请附上 request_id。若是写操作，请用同一个 Idempotency-Key 重发以确认结果。"
        "This is a fault of the server and is in its log. Quote `request_id` when you report it. If you were writing, send it again with the same Idempotency-Key to learn the outcome.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn slugs_are_unique_and_kebab_case() {
        let slugs: BTreeSet<_> = Code::ALL.iter().map(|code| code.slug()).collect();
        assert_eq!(slugs.len(), Code::ALL.len());
        for slug in slugs {
            assert!(
                slug.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{slug}"
            );
        }
    }
}
