import type { About, CheckupLine, CheckupView, Verdict } from "../lib/contract";

type Words = [title: string, words: string, cure?: string];
type Scripted = { about: About; verdict: Verdict; en: Words; zh: Words; detail?: string };

const WELL: Scripted[] = [
  { about: "setup", verdict: "ok", en: ["Setup", "an account and an extension are set"], zh: ["配置", "已设置账号和分机"] },
  { about: "proxy", verdict: "ok", en: ["Proxy", "none is used"], zh: ["代理", "未使用代理"] },
  { about: "name", verdict: "ok", en: ["Platform's name", "found"], zh: ["平台域名", "已找到"], detail: "call.example.com: 192.0.2.17" },
  { about: "connection", verdict: "ok", en: ["Connection", "there is a way"], zh: ["网络连接", "可以连通"], detail: "call.example.com:443" },
  { about: "tls", verdict: "ok", en: ["Encryption", "the certificate is accepted"], zh: ["加密", "证书有效"] },
  { about: "platform", verdict: "ok", en: ["Platform", "answers"], zh: ["平台", "有响应"] },
  { about: "clock", verdict: "ok", en: ["Clock", "agrees with the platform's"], zh: ["时钟", "与平台一致"], detail: "-0.2 s" },
  { about: "login", verdict: "ok", en: ["Login", "the platform takes the account"], zh: ["登录", "平台接受该账号"] },
  { about: "extension", verdict: "ok", en: ["Extension", "enabled"], zh: ["分机", "已启用"], detail: "100001" },
  { about: "phone", verdict: "ok", en: ["Phone", "registered"], zh: ["话机", "已注册"], detail: "100001, 192.0.2.40" },
  { about: "queues", verdict: "ok", en: ["Queues", "signed in"], zh: ["队列", "已签入"], detail: "queue-1, queue-2" },
  { about: "callbacks", verdict: "ok", en: ["Callbacks", "one that was sent to the public address arrived"], zh: ["回调", "发往公网地址的测试已收到"], detail: "https://ring.example.com/callbacks/••••••••" },
  { about: "keyring", verdict: "ok", en: ["Keyring", "keeps secrets"], zh: ["密钥环", "可以保存密钥"] },
  { about: "notifications", verdict: "ok", en: ["Notifications", "can be shown"], zh: ["通知", "可以显示"] },
  { about: "tray", verdict: "ok", en: ["Tray", "icons are shown"], zh: ["托盘", "图标可以显示"] },
  { about: "sound", verdict: "ok", en: ["Sound", "the devices chosen are there"], zh: ["声音", "所选设备可用"], detail: "USB headset" },
  { about: "folder", verdict: "ok", en: ["Data folder", "can be written to"], zh: ["数据目录", "可以写入"], detail: "/home/lin/.local/share/ringside" },
  { about: "space", verdict: "ok", en: ["Disk space", "enough"], zh: ["磁盘空间", "充足"], detail: "21.8 GiB" },
  { about: "drive", verdict: "ok", en: ["Drive", "on this computer"], zh: ["磁盘", "在本机上"] },
];

const ILL: Scripted[] = [
  { about: "clock", verdict: "warning", en: ["Clock", "differs from the platform's; + is ahead", "Let the system set its clock by the network."], zh: ["时钟", "与平台不一致，+ 表示本机快", "请让系统自动校时。"], detail: "+12.3 s" },
  { about: "phone", verdict: "failed", en: ["Phone", "not registered: it cannot ring", "Switch the phone on, and check its account and its network."], zh: ["话机", "未注册，无法振铃", "请打开话机，并检查其账号和网络。"], detail: "100001" },
  {
    about: "callbacks",
    verdict: "failed",
    en: ["Callbacks", "one that was sent to the public address did not arrive", "Check that the proxy or tunnel behind callbacks.public_url runs and leads to callbacks.bind."],
    zh: ["回调", "发往公网地址的测试未收到", "请检查 callbacks.public_url 后面的代理或隧道是否运行并指向 callbacks.bind。"],
    detail: "https://ring.example.com/a/rather/long/path/before/the/rest/callbacks/••••••••: no answer: error sending request: Connection refused (os error 111)",
  },
  { about: "keyring", verdict: "notChecked", en: ["Keyring", "the demo has its own"], zh: ["密钥环", "演示模式自带，无需检查"] },
  { about: "sound", verdict: "warning", en: ["Sound", "no device for it works", "Connect headphones or a loudspeaker and test it in the settings; the ring card works without."], zh: ["声音", "没有可用的声音设备", "请连接耳机或扬声器，并在设置中测试；来电卡片不受影响。"] },
];

const BETWEEN_MS = 100;

/** A simulated check of the setup: each line takes `BETWEEN_MS`. */
export class MemoryCheckup {
  view: CheckupView | null = null;
  #chinese = false;
  #at = 0;
  #lines: Scripted[];
  /** The number of finished lines; null: no check was started. */
  #done: number | null;
  #takers = new Set<(view: CheckupView | null) => void>();

  constructor(ill: boolean, done: number | null = null) {
    this.#lines = WELL.map((line) => (ill && ILL.find(({ about }) => about === line.about)) || line);
    this.#done = done;
    this.#at = Date.now();
    this.#show();
  }

  onView(take: (view: CheckupView | null) => void): () => void {
    this.#takers.add(take);
    take(this.view);
    return () => this.#takers.delete(take);
  }

  speak(chinese: boolean): void {
    this.#chinese = chinese;
    this.#show();
  }

  begin(): void {
    if (this.#done !== null && this.#done < this.#lines.length) return;
    this.#done = 0;
    this.#at = Date.now();
    this.#show();
    this.#next();
  }

  #next(): void {
    setTimeout(() => {
      this.#done = (this.#done ?? 0) + 1;
      this.#show();
      if (this.#done < this.#lines.length) this.#next();
    }, BETWEEN_MS);
  }

  #show(): void {
    this.view = this.#done === null ? null : this.#report(this.#done);
    for (const take of this.#takers) take(this.view);
  }

  #report(done: number): CheckupView {
    const words = (line: Scripted) => (this.#chinese ? line.zh : line.en);
    const line = (line: Scripted): CheckupLine => {
      const [title, said, cure = ""] = words(line);
      return { about: line.about, title, verdict: line.verdict, words: said, detail: line.detail ?? "", cure };
    };
    const next = this.#lines[done];
    return { at: this.#at, lines: this.#lines.slice(0, done).map(line), total: this.#lines.length, now: next ? words(next)[0] : null };
  }
}
