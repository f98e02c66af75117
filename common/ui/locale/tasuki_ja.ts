<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ja" sourcelanguage="en">
<context>
    <name>AnswersCard</name>
    <message>
        <source>Own texts for the chat</source>
        <translation>チャットの定型文</translation>
    </message>
    <message>
        <source>One in each line. In the chat a / at the beginning offers them.</source>
        <translation>1 行に 1 つ書きます。チャットの入力欄の先頭に / を入れると選べます。</translation>
    </message>
</context>
<context>
    <name>AskDialog</name>
    <message>
        <source>Get help</source>
        <translation>助けを頼む</translation>
    </message>
    <message>
        <source>What may the helper do?</source>
        <translation>サポート担当者に許すこと</translation>
    </message>
    <message>
        <source>What may a helper of the group {name} do?</source>
        <translation>グループ {name} に
許すこと</translation>
    </message>
    <message>
        <source>What may {name} do?</source>
        <translation>{name} さんに許すこと</translation>
    </message>
    <message>
        <source>&amp;Get help</source>
        <translation>助けを頼む(&amp;G)</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>今はやめる</translation>
    </message>
    <message>
        <source>What you wrote and what you send here can be read by your organisation&apos;s operators. What happens on your screen can be seen by the helper only.</source>
        <translation>書いた内容とここで送る内容は、組織の管理者にも読めます。画面の内容は、サポート担当者にしか見えません。</translation>
    </message>
</context>
<context>
    <name>Bar</name>
    <message>
        <source>&amp;Stop</source>
        <translation>終了(&amp;S)</translation>
    </message>
    <message>
        <source>Stop the session</source>
        <translation>セッションを終了</translation>
    </message>
    <message>
        <source>Session with {name}</source>
        <translation>{name} さんとのセッション</translation>
    </message>
    <message>
        <source>Pause: show nothing new and take no input</source>
        <translation>一時停止: 新しい画面を見せず、操作も受け付けない</translation>
    </message>
    <message>
        <source>&amp;Go on</source>
        <translation>再開(&amp;G)</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>一時停止(&amp;P)</translation>
    </message>
    <message>
        <source>Show the screen again</source>
        <translation>画面をもう一度見せる</translation>
    </message>
    <message>
        <source>C&amp;hat ({count})</source>
        <translation>チャット（{count}）(&amp;H)</translation>
    </message>
    <message>
        <source>C&amp;hat</source>
        <translation>チャット(&amp;H)</translation>
    </message>
    <message numerus="yes">
        <source>Chat, %n message(s) not read</source>
        <translation>
            <numerusform>チャット、未読 %n 件</numerusform>
        </translation>
    </message>
    <message>
        <source>Take control &amp;back</source>
        <translation>操作の許可を取り消す(&amp;B)</translation>
    </message>
    <message>
        <source>Take control back: the helper may only look</source>
        <translation>操作の許可を取り消し、見ることだけを許可する</translation>
    </message>
    <message>
        <source>Make the bar small</source>
        <translation>バーを小さくする</translation>
    </message>
    <message>
        <source>Let {name} &amp;control…</source>
        <translation>{name} さんに操作を許可(&amp;C)…</translation>
    </message>
    <message>
        <source>Let {name} control your computer: you are asked first</source>
        <translation>{name} さんにパソコンの操作を許可する（その前に確認します）</translation>
    </message>
    <message>
        <source>Seen</source>
        <translation>見られています</translation>
    </message>
    <message>
        <source>{name} sees your screen. Open the bar</source>
        <translation>{name} さんがあなたの画面を見ています。バーを開く</translation>
    </message>
    <message>
        <source>Controlled</source>
        <translation>操作されています</translation>
    </message>
    <message>
        <source>{name} sees and controls your computer. Open the bar</source>
        <translation>{name} さんがあなたの画面を見て操作できます。バーを開く</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>一時停止中</translation>
    </message>
    <message>
        <source>Paused: {name} sees a still picture. Open the bar</source>
        <translation>一時停止中: {name} さんには静止画だけが見えています。バーを開く</translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation>中断中</translation>
    </message>
    <message>
        <source>Connection lost: {name} sees a still picture. Open the bar</source>
        <translation>接続が切れました: {name} さんには静止画だけが見えています。バーを開く</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>停止中</translation>
    </message>
    <message>
        <source>Screens changed: {name} sees a still picture. Open the bar</source>
        <translation>画面構成が変わりました: {name} さんには静止画だけが見えています。バーを開く</translation>
    </message>
</context>
<context>
    <name>BarFacts</name>
    <message>
        <source>Sees your screen</source>
        <translation>あなたの画面を見ています</translation>
    </message>
    <message>
        <source>Sees and controls</source>
        <translation>あなたの画面を見て操作できます</translation>
    </message>
    <message>
        <source>Paused: {name} sees a still picture until you go on</source>
        <translation>一時停止中: 再開するまで {name} さんには静止画だけが見えます</translation>
    </message>
    <message>
        <source>Sees your screen {number}</source>
        <translation>あなたの画面 {number} を見ています</translation>
    </message>
    <message>
        <source>Sees and controls your screen {number}</source>
        <translation>あなたの画面 {number} を見て操作できます</translation>
    </message>
    <message>
        <source>{name} sees a still picture from the moment you paused, and nothing new until you go on, and can do nothing</source>
        <translation>{name} さんには一時停止した時点の静止画だけが見え、あなたが再開するまで新しいものは見えません。操作もできません</translation>
    </message>
    <message>
        <source>Screens changed: {name} sees a still picture</source>
        <translation>画面構成が変わりました: {name} さんには静止画だけが見えています</translation>
    </message>
    <message>
        <source>The screens have changed: {name} sees a still picture, and can do nothing</source>
        <translation>画面構成が変わりました。{name} さんには静止画だけが見え、操作はできません</translation>
    </message>
    <message>
        <source>{mode} · recorded</source>
        <translation>{mode}・記録済み</translation>
    </message>
    <message>
        <source>The {key} key stops at once</source>
        <translation>{key} キーですぐに終了</translation>
    </message>
    <message>
        <source>Wherever the keyboard is. The helper cannot press this key.</source>
        <translation>どの画面にいても使えます。サポート担当者はこのキーを押せません。</translation>
    </message>
    <message>
        <source>Stop only here: no stop key</source>
        <translation>終了はこのバーから（キーなし）</translation>
    </message>
    <message>
        <source>Another program has the {key} key. Choose another one in the settings.</source>
        <translation>{key} キーは別のプログラムが使っています。設定で別のキーを選んでください。</translation>
    </message>
    <message>
        <source>This desktop lets no program hear keys that are pressed in another one.</source>
        <translation>このデスクトップでは、別のプログラムで押されたキーを受け取れません。</translation>
    </message>
    <message>
        <source>Connection lost, trying again…</source>
        <translation>接続が切れました。つなぎ直しています…</translation>
    </message>
    <message>
        <source>The connection is lost and tried again by itself. {name} sees a still picture, and can do nothing</source>
        <translation>接続が切れ、自動的につなぎ直しています。{name} さんには静止画が見えるだけで、何もできません</translation>
    </message>
    <message>
        <source>No answer just now from {name}</source>
        <translation>今、{name} さんから応答がありません</translation>
    </message>
</context>
<context>
    <name>CallingCard</name>
    <message>
        <source>New requests</source>
        <translation>新しい依頼</translation>
    </message>
    <message>
        <source>Where nobody takes one, the tone comes again, unless you are busy or away or look at the list.</source>
        <translation>誰も受けない間、音を繰り返して知らせます。対応中・離席中のときや、一覧を見ているときは鳴りません。</translation>
    </message>
    <message>
        <source> s</source>
        <translation> 秒</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>しない</translation>
    </message>
    <message>
        <source>Tone a&amp;gain after</source>
        <translation>もう一度鳴らすまで(&amp;G)</translation>
    </message>
    <message>
        <source>At most this many tim&amp;es</source>
        <translation>繰り返す回数の上限(&amp;X)</translation>
    </message>
</context>
<context>
    <name>ChatPanel</name>
    <message>
        <source>Send</source>
        <translation>送信</translation>
    </message>
    <message>
        <source>Message to be sent</source>
        <translation>送信するメッセージ</translation>
    </message>
    <message>
        <source>What was said</source>
        <translation>これまでのメッセージ</translation>
    </message>
    <message>
        <source>Own texts</source>
        <translation>定型文</translation>
    </message>
    <message>
        <source>Write a message, or / for your own texts</source>
        <translation>メッセージを書く（/ で定型文）</translation>
    </message>
    <message>
        <source>Write a message</source>
        <translation>メッセージを入力</translation>
    </message>
    <message>
        <source>Messages can be sent during a session.</source>
        <translation>メッセージはセッション中に送れます。</translation>
    </message>
    <message>
        <source>You, {time}</source>
        <translation>あなた、{time}</translation>
    </message>
    <message>
        <source>{name}, {time}</source>
        <translation>{name} さん、{time}</translation>
    </message>
    <message>
        <source>{name}: {text}</source>
        <translation>{name} さん: {text}</translation>
    </message>
    <message>
        <source>You, {time} ✓ delivered</source>
        <translation>あなた、{time} ✓ 届きました</translation>
    </message>
    <message>
        <source>You, {time} – not sent</source>
        <translation>あなた、{time} – 送れませんでした</translation>
    </message>
</context>
<context>
    <name>ChatWindow</name>
    <message>
        <source>Chat with {name}</source>
        <translation>{name} さんとのチャット</translation>
    </message>
</context>
<context>
    <name>ClipboardCard</name>
    <message>
        <source>Clipboard</source>
        <translation>クリップボード</translation>
    </message>
    <message>
        <source>What is copied crosses only while the helper has control.</source>
        <translation>コピーした内容が相手側に渡るのは、サポート担当者が操作できる間だけです。</translation>
    </message>
    <message>
        <source>What &amp;I copy can be pasted on the user&apos;s computer</source>
        <translation>自分がコピーした内容を、利用者のパソコンに貼り付けられる(&amp;I)</translation>
    </message>
    <message>
        <source>What is copied on the user&apos;s computer can be pasted &amp;here</source>
        <translation>利用者のパソコンでコピーした内容を、ここに貼り付けられる(&amp;H)</translation>
    </message>
    <message>
        <source>What the helper copies can be pasted &amp;here</source>
        <translation>サポート担当者がコピーした内容を、ここに貼り付けられる(&amp;H)</translation>
    </message>
    <message>
        <source>What &amp;I copy can be pasted on the helper&apos;s computer</source>
        <translation>自分がコピーした内容を、サポート担当者のパソコンに貼り付けられる(&amp;I)</translation>
    </message>
</context>
<context>
    <name>ConfirmPage</name>
    <message>
        <source>Is this right?</source>
        <translation>これで正しいですか</translation>
    </message>
    <message>
        <source>With this line your computer joins:</source>
        <translation>この登録コードで、パソコンを次の組織に登録します。</translation>
    </message>
    <message>
        <source>Organisation</source>
        <translation>組織</translation>
    </message>
    <message>
        <source>If you do not know this name, go back and ask your operator.</source>
        <translation>この名前に心当たりがなければ、戻って管理者に聞いてください。</translation>
    </message>
    <message>
        <source>&amp;Back</source>
        <translation>戻る(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;Yes, join</source>
        <translation>はい、登録します(&amp;Y)</translation>
    </message>
    <message>
        <source>One moment, its name is being asked for…</source>
        <translation>組織の名前を確かめています。少しお待ちください…</translation>
    </message>
    <message>
        <source>Its name cannot be had now.</source>
        <translation>今は名前を確かめられません。</translation>
    </message>
</context>
<context>
    <name>ConnectionLine</name>
    <message>
        <source>&amp;Why can&apos;t I connect?</source>
        <translation>つながらないとき(&amp;W)</translation>
    </message>
    <message>
        <source>Connect h&amp;ere</source>
        <translation>ここで接続(&amp;E)</translation>
    </message>
    <message>
        <source>● Connected to {organisation} as {name}</source>
        <translation>● {organisation} に接続済み（{name}）</translation>
    </message>
    <message>
        <source>○ Tasuki was started elsewhere as {name}, and goes on there.</source>
        <translation>○ {name} の Tasuki が別の場所で起動され、そちらで動いています。</translation>
    </message>
    <message>
        <source>○ Connecting…</source>
        <translation>○ 組織につないでいます…</translation>
    </message>
    <message>
        <source>○ Not connected.</source>
        <translation>○ 接続していません。</translation>
    </message>
    <message>
        <source>○ Not connected. Trying again by itself…</source>
        <translation>○ 接続していません。自動でつなぎ直しています…</translation>
    </message>
    <message>
        <source>Open the sign-&amp;in page</source>
        <translation>サインインのページを開く(&amp;I)</translation>
    </message>
</context>
<context>
    <name>DeclineDialog</name>
    <message>
        <source>Decline</source>
        <translation>断る</translation>
    </message>
    <message>
        <source>Decline the request of {name}?</source>
        <translation>{name} さんの依頼を断りますか</translation>
    </message>
    <message>
        <source>{name} will read the reason.</source>
        <translation>理由は {name} さんに伝わります。</translation>
    </message>
    <message>
        <source>Your &amp;words:</source>
        <translation>伝える言葉(&amp;W):</translation>
    </message>
    <message>
        <source>For example: call me at extension 42</source>
        <translation>例: 内線 42 にお電話ください</translation>
    </message>
    <message>
        <source>&amp;Decline</source>
        <translation>断る(&amp;D)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>キャンセル</translation>
    </message>
    <message>
        <source>No reason</source>
        <translation>理由を伝えない</translation>
    </message>
    <message>
        <source>I am not free now. Please ask somebody else.</source>
        <translation>今は手が空いていません。ほかの人に頼んでください。</translation>
    </message>
    <message>
        <source>Somebody else knows more about this. Please ask them.</source>
        <translation>この件に詳しい人がほかにいます。その人に頼んでください。</translation>
    </message>
    <message>
        <source>This cannot be mended from here. Somebody will come to you.</source>
        <translation>ここからは直せません。担当者が伺います。</translation>
    </message>
    <message>
        <source>In my own words</source>
        <translation>自分の言葉で書く</translation>
    </message>
</context>
<context>
    <name>DetailsCard</name>
    <message>
        <source>Details of this computer</source>
        <translation>このパソコンの情報</translation>
    </message>
    <message>
        <source>Before you ask for help, these are shown, and sent only if you agree. Untick what is never offered.</source>
        <translation>助けを頼む前に表示し、同意したときだけ送ります。送らない項目のチェックを外してください。</translation>
    </message>
    <message>
        <source>{title}: {value}</source>
        <translation>{title}: {value}</translation>
    </message>
</context>
<context>
    <name>DetailsChoice</name>
    <message>
        <source>Also send &amp;details of this computer</source>
        <translation>このパソコンの情報も送る(&amp;D)</translation>
    </message>
    <message>
        <source>Details that will be sent</source>
        <translation>送る情報</translation>
    </message>
</context>
<context>
    <name>DetailsPanel</name>
    <message>
        <source>Note from a colleague</source>
        <translation>引き継ぎのメモ</translation>
    </message>
    <message>
        <source>The computer, as its user’s program says</source>
        <translation>パソコンの情報（利用者のプログラムが送ったもの）</translation>
    </message>
    <message>
        <source>&amp;Accept</source>
        <translation>受ける(&amp;A)</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>Enter</translation>
    </message>
    <message>
        <source>&amp;Decline…</source>
        <translation>断る(&amp;D)…</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Delete</translation>
    </message>
    <message>
        <source>asks for you by name</source>
        <translation>あなた宛ての依頼</translation>
    </message>
    <message>
        <source>asks for the group {group}</source>
        <translation>グループ {group} 宛ての依頼</translation>
    </message>
    <message>
        <source>asks for anyone</source>
        <translation>誰でもよい依頼</translation>
    </message>
    <message>
        <source>You may look and control.</source>
        <translation>画面を見て、操作できます。</translation>
    </message>
    <message>
        <source>You may look.</source>
        <translation>画面を見るだけで、操作はできません。</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>接続中…</translation>
    </message>
    <message>
        <source>A call back, on the screen and not by telephone: the user is asked first whether it suits.</source>
        <translation>折り返しの依頼です（電話ではなく、画面での折り返しです）。受けると、まず利用者の都合を確認します。</translation>
    </message>
    <message>
        <source>A call back, on the screen and not by telephone. The computer is not connected now; you can take it once it is.</source>
        <translation>折り返しの依頼です（電話ではなく、画面での折り返しです）。利用者のパソコンは今は接続していません。接続したら受けられます。</translation>
    </message>
    <message>
        <source>Choose a request to see more.</source>
        <translation>依頼を選ぶと、詳しい内容を表示します。</translation>
    </message>
    <message>
        <source>Waiting since {time}
({span})</source>
        <translation>{time} から待っています
（{span}）</translation>
    </message>
</context>
<context>
    <name>DiagnosisWindow</name>
    <message>
        <source>&amp;Copied</source>
        <translation>コピーしました(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Copy report</source>
        <translation>結果をコピー(&amp;C)</translation>
    </message>
    <message>
        <source>Looking at each step of the way to the relay…</source>
        <translation>中継サーバーまでの経路を、順に確認しています…</translation>
    </message>
    <message>
        <source>“{step}” does not work. What to do stands below it.</source>
        <translation>「{step}」に問題があります。対処方法はその下にあります。</translation>
    </message>
    <message>
        <source>Everything that was checked is good.</source>
        <translation>確認した項目に、問題はありません。</translation>
    </message>
    <message>
        <source>Each step of the way to the relay is looked at, one after the other.</source>
        <translation>中継サーバーまでの経路を、順に確認します。</translation>
    </message>
    <message>
        <source>Why can&apos;t I connect?</source>
        <translation>つながらないとき</translation>
    </message>
    <message>
        <source>&amp;Try again</source>
        <translation>もう一度試す(&amp;T)</translation>
    </message>
    <message>
        <source>C&amp;lose</source>
        <translation>閉じる(&amp;L)</translation>
    </message>
</context>
<context>
    <name>ElapsedWords</name>
    <message>
        <source>just now</source>
        <translation>たった今</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} 分</translation>
    </message>
    <message>
        <source>{hours} h {minutes} min</source>
        <translation>{hours} 時間 {minutes} 分</translation>
    </message>
    <message>
        <source>{days} d {hours} h</source>
        <translation>{days} 日 {hours} 時間</translation>
    </message>
</context>
<context>
    <name>EndDialog</name>
    <message>
        <source>End the session</source>
        <translation>セッションを終了</translation>
    </message>
    <message>
        <source>End the session with {name}?</source>
        <translation>{name} さんとのセッションを終了しますか</translation>
    </message>
    <message>
        <source>&amp;End session</source>
        <translation>セッションを終了(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Go on</source>
        <translation>続ける(&amp;G)</translation>
    </message>
</context>
<context>
    <name>EndedPage</name>
    <message>
        <source>Ask &amp;again</source>
        <translation>もう一度頼む(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Back to the list</source>
        <translation>一覧に戻る(&amp;B)</translation>
    </message>
    <message>
        <source>A helper was ready, but the question whether to let them in was not answered in time.</source>
        <translation>サポート担当者の準備はできていましたが、許可するかどうかの答えが時間内にありませんでした。</translation>
    </message>
    <message>
        <source>Ask &amp;somebody else</source>
        <translation>ほかの人に頼む(&amp;S)</translation>
    </message>
    <message>
        <source>Not possible now</source>
        <translation>今はできません</translation>
    </message>
    <message>
        <source>The session was interrupted</source>
        <translation>セッションが中断されました</translation>
    </message>
    <message>
        <source>That did not work</source>
        <translation>うまくいきませんでした</translation>
    </message>
    <message>
        <source>You did not let in the helper to whom you were handed over. Nobody sees your screen. You can ask again, or ask somebody else.</source>
        <translation>引き継ぎ先のサポート担当者を許可しませんでした。あなたの画面は誰にも見えていません。もう一度頼むか、ほかの人に頼むことができます。</translation>
    </message>
    <message>
        <source>Nobody helps you now</source>
        <translation>今は誰もサポートしていません</translation>
    </message>
</context>
<context>
    <name>EnrolmentWindow</name>
    <message>
        <source>Tasuki: first start</source>
        <translation>Tasuki: はじめての設定</translation>
    </message>
    <message>
        <source>Open the file with the line</source>
        <translation>登録コードのファイルを開く</translation>
    </message>
</context>
<context>
    <name>Facts</name>
    <message>
        <source>{word}: {text}</source>
        <translation>{word}: {text}</translation>
    </message>
</context>
<context>
    <name>FilterBar</name>
    <message>
        <source>Waiting: {count}</source>
        <translation>待っている人: {count}</translation>
    </message>
    <message>
        <source>Waiting: {shown} of {count}</source>
        <translation>待っている人: {count} 人のうち {shown} 人</translation>
    </message>
    <message>
        <source>Whose requests are shown</source>
        <translation>表示する依頼</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>検索</translation>
    </message>
    <message>
        <source>Search the requests</source>
        <translation>依頼を検索</translation>
    </message>
    <message>
        <source>All requests</source>
        <translation>すべての依頼</translation>
    </message>
    <message>
        <source>For me by name</source>
        <translation>自分宛て</translation>
    </message>
    <message>
        <source>For anyone</source>
        <translation>誰でもよい依頼</translation>
    </message>
    <message>
        <source>Group {name}</source>
        <translation>グループ {name}</translation>
    </message>
</context>
<context>
    <name>GeneralCard</name>
    <message>
        <source>General</source>
        <translation>全般</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>言語(&amp;L)</translation>
    </message>
    <message>
        <source>As the system says</source>
        <translation>システムの設定に合わせる</translation>
    </message>
    <message>
        <source>Loo&amp;ks</source>
        <translation>外観(&amp;K)</translation>
    </message>
    <message>
        <source>Start with the &amp;desktop</source>
        <translation>ログイン時に起動する(&amp;D)</translation>
    </message>
    <message>
        <source>Play a so&amp;und where something asks for attention</source>
        <translation>知らせがあるときに音を鳴らす(&amp;U)</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>ライト</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>ダーク</translation>
    </message>
    <message>
        <source>High contrast</source>
        <translation>ハイコントラスト</translation>
    </message>
    <message>
        <source>Show &amp;notices of the desktop</source>
        <translation>デスクトップの通知を表示する(&amp;N)</translation>
    </message>
    <message>
        <source>La&amp;rge letters</source>
        <translation>文字を大きくする(&amp;R)</translation>
    </message>
</context>
<context>
    <name>HelperNotifications</name>
    <message>
        <source>{name} asks for help</source>
        <translation>{name} さんからの依頼です</translation>
    </message>
    <message>
        <source>{name} waits longest.</source>
        <translation>最も長く待っているのは {name} さんです。</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>表示</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>あとで</translation>
    </message>
    <message>
        <source>Take it</source>
        <translation>受ける</translation>
    </message>
    <message numerus="yes">
        <source>%n people ask for help</source>
        <translation>
            <numerusform>%n 件の依頼が待っています</numerusform>
        </translation>
    </message>
    <message>
        <source>Take {name}</source>
        <translation>{name} さんの依頼を受ける</translation>
    </message>
</context>
<context>
    <name>HelperQuitWords</name>
    <message>
        <source>You are in a session with {name}. If you quit, it ends.</source>
        <translation>{name} さんとのセッション中です。Tasuki を終了すると、セッションも終了します。</translation>
    </message>
    <message numerus="yes">
        <source>You are in %n sessions. If you quit, they end.</source>
        <translation>
            <numerusform>%n 件のセッション中です。Tasuki を終了すると、すべて終了します。</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;End and quit</source>
        <translation>セッションも終了(&amp;E)</translation>
    </message>
</context>
<context>
    <name>HelperTray</name>
    <message>
        <source>Available</source>
        <translation>対応可能</translation>
    </message>
    <message>
        <source>Busy</source>
        <translation>対応中</translation>
    </message>
    <message>
        <source>Away</source>
        <translation>離席中</translation>
    </message>
    <message>
        <source>Recent sessions</source>
        <translation>最近のセッション</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>設定</translation>
    </message>
    <message>
        <source>Why can’t I connect?</source>
        <translation>つながらないとき</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Tasuki を終了</translation>
    </message>
    <message>
        <source>Show the requests ({count})</source>
        <translation>依頼を表示（{count}）</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>表示</translation>
    </message>
</context>
<context>
    <name>HistoryModel</name>
    <message>
        <source>Who</source>
        <translation>相手</translation>
    </message>
    <message>
        <source>When</source>
        <translation>日時</translation>
    </message>
    <message>
        <source>How long</source>
        <translation>所要時間</translation>
    </message>
    <message>
        <source>Modes</source>
        <translation>モード</translation>
    </message>
    <message>
        <source>How it ended</source>
        <translation>終わり方</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>メモ</translation>
    </message>
</context>
<context>
    <name>HistoryWindow</name>
    <message>
        <source>Nothing was found.</source>
        <translation>見つかりませんでした。</translation>
    </message>
    <message>
        <source>There was no session yet.</source>
        <translation>セッションはまだありません。</translation>
    </message>
    <message>
        <source>Export sessions</source>
        <translation>セッションを書き出す</translation>
    </message>
    <message>
        <source>Recent sessions</source>
        <translation>最近のセッション</translation>
    </message>
    <message>
        <source>Search names, dates, topics and notes</source>
        <translation>名前、日付、困っていること、メモを検索</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>検索</translation>
    </message>
    <message>
        <source>&amp;Copy details</source>
        <translation>詳細をコピー(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Export…</source>
        <translation>書き出す(&amp;E)…</translation>
    </message>
    <message>
        <source>C&amp;lose</source>
        <translation>閉じる(&amp;L)</translation>
    </message>
    <message>
        <source>Table (*.csv)</source>
        <translation>表 (*.csv)</translation>
    </message>
</context>
<context>
    <name>HomePage</name>
    <message>
        <source>Who should &amp;help?</source>
        <translation>誰に頼みますか(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Get help</source>
        <translation>助けを頼む(&amp;G)</translation>
    </message>
    <message>
        <source>Open the &amp;page</source>
        <translation>ページを開く(&amp;P)</translation>
    </message>
    <message>
        <source>You can ask as soon as this computer is connected.</source>
        <translation>このパソコンが接続すると、頼めるようになります。</translation>
    </message>
    <message>
        <source>Choose who should help.</source>
        <translation>誰に頼むかを選んでください。</translation>
    </message>
    <message>
        <source>Whoever is free first is asked. You are shown who it is before anybody sees your screen.</source>
        <translation>最初に手の空いた人に頼みます。画面を見せる前に、誰かを確認できます。</translation>
    </message>
    <message>
        <source>A helper of the group {name} is asked. You are shown who it is before anybody sees your screen.</source>
        <translation>グループ {name} のサポート担当者に頼みます。画面を見せる前に、誰かを確認できます。</translation>
    </message>
    <message>
        <source>{name} is asked. Nothing is shown before you say what the helper may do.</source>
        <translation>{name} さんに頼みます。何を許すかを選ぶまで、画面は見せません。</translation>
    </message>
</context>
<context>
    <name>InventoryWords</name>
    <message>
        <source>System</source>
        <translation>システム</translation>
    </message>
    <message>
        <source>Computer</source>
        <translation>パソコン名</translation>
    </message>
    <message>
        <source>Desktop</source>
        <translation>デスクトップ</translation>
    </message>
    <message>
        <source>Screens</source>
        <translation>画面</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>メモリー</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>ディスク</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>プロセッサー</translation>
    </message>
    <message>
        <source>Running for</source>
        <translation>起動してから</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>言語</translation>
    </message>
    <message>
        <source>Tasuki</source>
        <translation>Tasuki</translation>
    </message>
</context>
<context>
    <name>LastSession</name>
    <message>
        <source>Note</source>
        <translation>メモ</translation>
    </message>
    <message>
        <source>Recent sessions</source>
        <translation>最近のセッション</translation>
    </message>
    <message>
        <source>The session with {name} is over. {lasted}. {end}</source>
        <translation>{name} さんとのセッションは終わりました（{lasted}）。{end}</translation>
    </message>
    <message>
        <source>Note on the session with {name}</source>
        <translation>{name} さんとのセッションのメモ</translation>
    </message>
</context>
<context>
    <name>LinePage</name>
    <message>
        <source>Welcome to Tasuki</source>
        <translation>Tasuki へようこそ</translation>
    </message>
    <message>
        <source>There is such a line in the file {path}.</source>
        <translation>登録コードがファイル {path} にあります。</translation>
    </message>
    <message>
        <source>&amp;Use this file</source>
        <translation>このファイルを使う(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Paste the line here:</source>
        <translation>登録コードをここに貼り付けてください(&amp;P):</translation>
    </message>
    <message>
        <source>Enrolment line</source>
        <translation>登録コード</translation>
    </message>
    <message>
        <source>tasuki-enrol:…</source>
        <translation>tasuki-enrol:…</translation>
    </message>
    <message>
        <source>&amp;Continue</source>
        <translation>次へ(&amp;C)</translation>
    </message>
    <message>
        <source>This computer has to be made known to your organisation once. Your operator sent you a line for that; it begins with “tasuki-enrol”. You can paste the whole message, or drop its file here.</source>
        <translation>はじめに一度だけ、このパソコンを組織に登録します。管理者から届いた、「tasuki-enrol」で始まる登録コードを使います。メール全体を貼り付けても、ファイルをここに置いてもかまいません。</translation>
    </message>
    <message>
        <source>&amp;Open a file…</source>
        <translation>ファイルを開く(&amp;O)…</translation>
    </message>
    <message>
        <source>There is more than one such line in this. Paste the one that is meant for you alone.</source>
        <translation>登録コードが 2 つ以上あります。自分のものだけを貼り付けてください。</translation>
    </message>
    <message>
        <source>This line is for a newer Tasuki than this one. Ask your operator for the newer program.</source>
        <translation>この登録コードは、新しい Tasuki 用です。管理者に新しいプログラムを頼んでください。</translation>
    </message>
    <message>
        <source>There is no complete line in this file. Ask your operator for the line once more.</source>
        <translation>このファイルには、完全な登録コードがありません。管理者にもう一度頼んでください。</translation>
    </message>
    <message>
        <source>There is no complete line in this. Copy all of it, from “tasuki-enrol” to its end, and paste it here.</source>
        <translation>完全な登録コードがありません。「tasuki-enrol」から最後まで全部をコピーして、ここに貼り付けてください。</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Tasuki: get help</source>
        <translation>Tasuki: 助けを頼む</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>メニュー</translation>
    </message>
    <message>
        <source>&amp;Recent sessions</source>
        <translation>最近のセッション(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Settings</source>
        <translation>設定(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Why can&apos;t I connect?</source>
        <translation>つながらないとき(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>Tasuki を終了(&amp;Q)</translation>
    </message>
</context>
<context>
    <name>ModeChoice</name>
    <message>
        <source>May &amp;look</source>
        <translation>見るだけ(&amp;L)</translation>
    </message>
    <message>
        <source>The helper sees your screen and can point at things. You do everything yourself.</source>
        <translation>サポート担当者は画面を見て、場所を指し示せます。操作はすべて自分で行います。</translation>
    </message>
    <message>
        <source>May look and &amp;control</source>
        <translation>見て操作(&amp;C)</translation>
    </message>
    <message>
        <source>The helper can also use your mouse and keyboard. You can take that back at any moment.</source>
        <translation>サポート担当者はマウスとキーボードも使えます。いつでも取り消せます。</translation>
    </message>
    <message>
        <source>Your organisation allows only looking here.</source>
        <translation>組織の設定で、ここでは見るだけです。</translation>
    </message>
</context>
<context>
    <name>NoteField</name>
    <message>
        <source>&amp;Note</source>
        <translation>メモ(&amp;N)</translation>
    </message>
    <message>
        <source>What was done, what remains. Only kept on this computer.</source>
        <translation>行ったこと、残っていること。このパソコンにだけ保存されます。</translation>
    </message>
</context>
<context>
    <name>NotePanel</name>
    <message>
        <source>Note</source>
        <translation>メモ</translation>
    </message>
    <message>
        <source>What was the matter, and what helped?</source>
        <translation>困っていたことと、解決した方法</translation>
    </message>
    <message>
        <source>Kept with this session in your history. Nobody else sees it.</source>
        <translation>このセッションの履歴に保存されます。ほかの人には見えません。</translation>
    </message>
</context>
<context>
    <name>PeopleList</name>
    <message>
        <source>Search by name, language or skill</source>
        <translation>名前、言語、得意な分野で検索</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>検索</translation>
    </message>
    <message>
        <source>Who can help</source>
        <translation>頼める人</translation>
    </message>
    <message>
        <source>Nobody is found by these words.</source>
        <translation>この言葉に合う人はいません。</translation>
    </message>
</context>
<context>
    <name>PeopleModel</name>
    <message>
        <source>Whoever is free first</source>
        <translation>最初に手の空いた人</translation>
    </message>
    <message>
        <source>Group: {name}</source>
        <translation>グループ: {name}</translation>
    </message>
    <message numerus="yes">
        <source>%n available</source>
        <translation>
            <numerusform>対応可能 %n 人</numerusform>
        </translation>
    </message>
    <message>
        <source>Nobody available now</source>
        <translation>今は不在</translation>
    </message>
    <message>
        <source>All busy now</source>
        <translation>今は全員が対応中</translation>
    </message>
    <message>
        <source>The quickest way to get help</source>
        <translation>最も早くサポートを受けられます</translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>待っている人 %n 人</numerusform>
        </translation>
    </message>
    <message>
        <source>Available</source>
        <translation>対応可能</translation>
    </message>
    <message>
        <source>Busy</source>
        <translation>対応中</translation>
    </message>
    <message>
        <source>Away</source>
        <translation>離席中</translation>
    </message>
</context>
<context>
    <name>ProxyCard</name>
    <message>
        <source>Connection</source>
        <translation>接続</translation>
    </message>
    <message>
        <source>Use the &amp;proxy that this computer is set to, if any</source>
        <translation>このパソコンのプロキシの設定に従う(&amp;P)</translation>
    </message>
    <message>
        <source>Use n&amp;o proxy</source>
        <translation>プロキシを使わない(&amp;O)</translation>
    </message>
    <message>
        <source>Use &amp;this proxy:</source>
        <translation>次のプロキシを使う(&amp;T):</translation>
    </message>
    <message>
        <source>&amp;Address</source>
        <translation>アドレス(&amp;A)</translation>
    </message>
    <message>
        <source>User na&amp;me</source>
        <translation>ユーザー名(&amp;M)</translation>
    </message>
    <message>
        <source>Pass&amp;word</source>
        <translation>パスワード(&amp;W)</translation>
    </message>
    <message>
        <source>Only if the proxy asks for it</source>
        <translation>プロキシが求める場合だけ</translation>
    </message>
</context>
<context>
    <name>ProxyLoginDialog</name>
    <message>
        <source>Log in to the network</source>
        <translation>ネットワークへのログイン</translation>
    </message>
    <message>
        <source>The name or the password was not right for {proxy}. Look at both before you try again: after a few wrong ones, many organisations lock the account.</source>
        <translation>{proxy} は、名前かパスワードが違うと答えました。両方を確かめてから、もう一度入れてください。何度か間違えるとアカウントをロックする組織が多くあります。</translation>
    </message>
    <message>
        <source>This network lets Tasuki out only with a name and a password, at {proxy}. Most often they are those with which you log in at work.</source>
        <translation>このネットワークから外へつなぐには、{proxy} に名前とパスワードを伝える必要があります。たいていは、職場でログインするときのものです。</translation>
    </message>
    <message>
        <source>User na&amp;me</source>
        <translation>ユーザー名(&amp;M)</translation>
    </message>
    <message>
        <source>Pass&amp;word</source>
        <translation>パスワード(&amp;W)</translation>
    </message>
    <message>
        <source>Tasuki keeps them where this computer keeps passwords, if it can.</source>
        <translation>できる場合は、このパソコンのパスワードの保管場所にしまっておきます。</translation>
    </message>
    <message>
        <source>&amp;Log in</source>
        <translation>ログイン(&amp;L)</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>今はやめる</translation>
    </message>
</context>
<context>
    <name>PublicProfileCard</name>
    <message>
        <source>What users read of me</source>
        <translation>利用者に表示される情報</translation>
    </message>
    <message>
        <source>{organisation} keeps this. Ask your operator to change it.</source>
        <translation>{organisation} が管理しています。変更は管理者に頼んでください。</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名前</translation>
    </message>
    <message>
        <source>Languages</source>
        <translation>話せる言語</translation>
    </message>
    <message>
        <source>Skills</source>
        <translation>得意な分野</translation>
    </message>
    <message>
        <source>Not known while Tasuki is not connected</source>
        <translation>接続していない間は表示できません</translation>
    </message>
    <message>
        <source>, </source>
        <translation>、</translation>
    </message>
    <message>
        <source>None</source>
        <translation>なし</translation>
    </message>
</context>
<context>
    <name>QuestionWindow</name>
    <message>
        <source>&amp;No</source>
        <translation>いいえ(&amp;N)</translation>
    </message>
    <message>
        <source>{organisation}: this name was checked.</source>
        <translation>{organisation}: この名前は確認済みです。</translation>
    </message>
    <message>
        <source>May the helper control?</source>
        <translation>操作を許可しますか</translation>
    </message>
    <message>
        <source>{name} asks to control your computer: mouse and keyboard.</source>
        <translation>{name} さんが、マウスとキーボードでパソコンを操作することを求めています。</translation>
    </message>
    <message>
        <source>Whoever controls can do all that you can do. You can stop it at any moment.</source>
        <translation>操作を許可すると、相手はあなたと同じことができます。いつでも止められます。</translation>
    </message>
    <message>
        <source>Allow this helper?</source>
        <translation>このサポート担当者を許可しますか</translation>
    </message>
    <message>
        <source>{name} took your request, and would see your screen and control it.</source>
        <translation>{name} さんが依頼を受けました。許可すると、相手があなたの画面を見て操作できるようになります。</translation>
    </message>
    <message>
        <source>{name} took your request, and would see your screen.</source>
        <translation>{name} さんが依頼を受けました。許可すると、相手があなたの画面を見られるようになります。</translation>
    </message>
    <message>
        <source>Allow it only if you know this name, or expected somebody of your organisation.</source>
        <translation>この名前を知っているか、組織の人を待っていた場合だけ許可してください。</translation>
    </message>
    <message>
        <source>&amp;Allow</source>
        <translation>許可(&amp;A)</translation>
    </message>
    <message>
        <source>Without an answer it is no, in {seconds} s.</source>
        <translation>あと {seconds} 秒で答えがなければ、許可しません。</translation>
    </message>
    <message>
        <source>Let {name} &amp;control</source>
        <translation>{name} さんに操作を許可(&amp;C)</translation>
    </message>
    <message>
        <source>Let {name} control your computer, with mouse and keyboard?</source>
        <translation>{name} さんに、マウスとキーボードでのパソコンの操作を許可しますか。</translation>
    </message>
    <message>
        <source>Let {name} &amp;in</source>
        <translation>{name} さんを許可(&amp;I)</translation>
    </message>
    <message>
        <source>{handed_over}
{name} would see your screen.</source>
        <translation>{handed_over}
許可すると、{name} さんにあなたの画面が見えます。</translation>
    </message>
    <message>
        <source>You can be helped now</source>
        <translation>今、サポートを受けられます</translation>
    </message>
    <message>
        <source>&amp;Yes, now</source>
        <translation>はい、今お願いします(&amp;Y)</translation>
    </message>
    <message>
        <source>&amp;Not now</source>
        <translation>今はしない(&amp;N)</translation>
    </message>
    <message>
        <source>{name} can help you now, and would see your screen and control it.</source>
        <translation>許可すると、{name} さんがあなたの画面を見て操作できるようになります。</translation>
    </message>
    <message>
        <source>{name} can help you now, and would see your screen.</source>
        <translation>許可すると、{name} さんがあなたの画面を見られるようになります。</translation>
    </message>
    <message>
        <source>You asked to be told when somebody is free. If it does not suit you now, choose “Not now”: your request stays in the queue.</source>
        <translation>担当者の手が空いたら知らせるよう、あなたが頼んだ件です。今は都合が悪ければ「今はしない」を選んでください。依頼はそのまま残ります。</translation>
    </message>
    <message>
        <source>Without an answer it is not now, in {seconds} s.</source>
        <translation>答えがなければ、あと {seconds} 秒で「今はしない」になります。</translation>
    </message>
</context>
<context>
    <name>QueueHead</name>
    <message>
        <source>Menu</source>
        <translation>メニュー</translation>
    </message>
    <message>
        <source>Connected to {organisation}</source>
        <translation>{organisation} に接続しています</translation>
    </message>
    <message>
        <source>Not connected to {organisation}</source>
        <translation>{organisation} に接続していません</translation>
    </message>
    <message>
        <source>Connecting to {organisation}…</source>
        <translation>{organisation} につないでいます…</translation>
    </message>
</context>
<context>
    <name>QueueMenu</name>
    <message>
        <source>Take the &amp;next</source>
        <translation>次の人を受ける(&amp;N)</translation>
    </message>
    <message>
        <source>Go to the &amp;list</source>
        <translation>一覧に移動(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Search the list</source>
        <translation>一覧を検索(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Hand the last session over…</source>
        <translation>最後のセッションを引き継ぐ(&amp;H)…</translation>
    </message>
    <message>
        <source>&amp;Connect now</source>
        <translation>今すぐ接続(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Recent sessions…</source>
        <translation>最近のセッション(&amp;R)…</translation>
    </message>
    <message>
        <source>S&amp;ettings…</source>
        <translation>設定(&amp;E)…</translation>
    </message>
    <message>
        <source>&amp;Why can’t I connect?</source>
        <translation>つながらないとき(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>Tasuki を終了(&amp;Q)</translation>
    </message>
</context>
<context>
    <name>QueueWindow</name>
    <message>
        <source>Tasuki – requests for help</source>
        <translation>Tasuki – 依頼</translation>
    </message>
    <message>
        <source>Requests for help</source>
        <translation>依頼</translation>
    </message>
    <message>
        <source>Take the ne&amp;xt</source>
        <translation>次の人を受ける(&amp;X)</translation>
    </message>
    <message>
        <source>Ctrl+N</source>
        <translation>Ctrl+N</translation>
    </message>
    <message>
        <source>Whoever has waited longest of those whom you may take</source>
        <translation>受けられる人のうち、いちばん長く待っている人</translation>
    </message>
    <message>
        <source>Enter accepts, Delete declines. Ctrl+F searches, Ctrl+T hands a session over, Ctrl+1, 2, 3 set your status.</source>
        <translation>Enter: 受ける、Delete: 断る、Ctrl+F: 検索、Ctrl+T: 引き継ぎ、Ctrl+1、2、3: 状態の切り替え</translation>
    </message>
    <message>
        <source>None of those who wait is in this selection.</source>
        <translation>待っている人はいますが、この絞り込みには当てはまりません。</translation>
    </message>
    <message>
        <source>Nobody is waiting for help.</source>
        <translation>待っている人はいません。</translation>
    </message>
    <message>
        <source>Without a connection nobody can be seen.</source>
        <translation>接続していないため、依頼を表示できません。</translation>
    </message>
    <message>
        <source>Work here again</source>
        <translation>ここで再開</translation>
    </message>
    <message>
        <source>Why can’t I connect?</source>
        <translation>つながらないとき</translation>
    </message>
    <message>
        <source>That request is no longer waiting.</source>
        <translation>その依頼は、もう待っていません。</translation>
    </message>
    <message>
        <source>There is no connection now, so nobody can be taken.</source>
        <translation>今は接続していないため、依頼を受けられません。</translation>
    </message>
    <message>
        <source>{name} is no longer waiting.</source>
        <translation>{name} さんは、もう待っていません。</translation>
    </message>
    <message>
        <source>Tasuki was started with your name on another computer, and works there now.</source>
        <translation>別のパソコンで、あなたの名前で Tasuki が起動され、今はそちらで動いています。</translation>
    </message>
    <message>
        <source>Open the sign-in page</source>
        <translation>サインインのページを開く</translation>
    </message>
</context>
<context>
    <name>QuitDialog</name>
    <message>
        <source>Quit Tasuki?</source>
        <translation>Tasuki を終了しますか</translation>
    </message>
    <message>
        <source>&amp;Stay</source>
        <translation>続ける(&amp;S)</translation>
    </message>
</context>
<context>
    <name>RecordWords</name>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} 秒</translation>
    </message>
    <message>
        <source>{minutes} min {seconds} s</source>
        <translation>{minutes} 分 {seconds} 秒</translation>
    </message>
    <message>
        <source>{hours} h {minutes} min</source>
        <translation>{hours} 時間 {minutes} 分</translation>
    </message>
    <message>
        <source>Look only</source>
        <translation>見るだけ</translation>
    </message>
    <message>
        <source>Look and control</source>
        <translation>見て操作</translation>
    </message>
    <message>
        <source>Looked, and controlled at times</source>
        <translation>見るだけと操作</translation>
    </message>
    <message>
        <source>{time}  {mode}</source>
        <translation>{time}  {mode}</translation>
    </message>
    <message numerus="yes">
        <source>%n time(s), {time} in all</source>
        <translation>
            <numerusform>%n 回、合わせて {time}</numerusform>
        </translation>
    </message>
    <message>
        <source>With</source>
        <translation>相手</translation>
    </message>
    <message>
        <source>Organisation</source>
        <translation>組織</translation>
    </message>
    <message>
        <source>Began</source>
        <translation>開始</translation>
    </message>
    <message>
        <source>Lasted</source>
        <translation>所要時間</translation>
    </message>
    <message>
        <source>Modes</source>
        <translation>モード</translation>
    </message>
    <message>
        <source>Pauses</source>
        <translation>一時停止</translation>
    </message>
    <message>
        <source>What was the matter</source>
        <translation>困っていたこと</translation>
    </message>
    <message>
        <source>How it ended</source>
        <translation>終わり方</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>メモ</translation>
    </message>
    <message>
        <source>{word}: {text}</source>
        <translation>{word}: {text}</translation>
    </message>
</context>
<context>
    <name>RequestsModel</name>
    <message>
        <source>Who</source>
        <translation>利用者</translation>
    </message>
    <message>
        <source>Asks for</source>
        <translation>宛先</translation>
    </message>
    <message>
        <source>What is the matter</source>
        <translation>困っていること</translation>
    </message>
    <message>
        <source>You may</source>
        <translation>許可</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>待ち時間</translation>
    </message>
    <message>
        <source>You</source>
        <translation>あなた</translation>
    </message>
    <message>
        <source>Anyone</source>
        <translation>誰でも</translation>
    </message>
    <message>
        <source>look and control</source>
        <translation>見て操作</translation>
    </message>
    <message>
        <source>look</source>
        <translation>見るだけ</translation>
    </message>
    <message>
        <source>connecting…</source>
        <translation>接続中…</translation>
    </message>
    <message>
        <source>Call back: {topic}</source>
        <translation>折り返し: {topic}</translation>
    </message>
    <message>
        <source>Call back (away): {topic}</source>
        <translation>折り返し（今は未接続）: {topic}</translation>
    </message>
</context>
<context>
    <name>ResultPage</name>
    <message>
        <source>One moment</source>
        <translation>お待ちください</translation>
    </message>
    <message>
        <source>That did not work</source>
        <translation>うまくいきませんでした</translation>
    </message>
    <message>
        <source>Welcome, {name}</source>
        <translation>{name} さん、ようこそ</translation>
    </message>
    <message>
        <source>This computer belongs to {organisation} now. You need not do this again.</source>
        <translation>このパソコンを {organisation} に登録しました。次からはこの設定は要りません。</translation>
    </message>
    <message>
        <source>Under way</source>
        <translation>進行中</translation>
    </message>
    <message>
        <source>&amp;Other line</source>
        <translation>別の登録コード(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Try again</source>
        <translation>もう一度試す(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>始める(&amp;S)</translation>
    </message>
    <message>
        <source>Your organisation is being asked to let this computer in.</source>
        <translation>このパソコンを組織に登録しています。</translation>
    </message>
    <message>
        <source>Open the sign-&amp;in page</source>
        <translation>サインインのページを開く(&amp;I)</translation>
    </message>
</context>
<context>
    <name>ScreenQuestionWindow</name>
    <message>
        <source>Your screens have changed</source>
        <translation>画面構成が変わりました</translation>
    </message>
    <message>
        <source>&amp;Which screen may be shown now?</source>
        <translation>これからどの画面を見せますか(&amp;W)</translation>
    </message>
    <message>
        <source>Which screen may be shown now?</source>
        <translation>これからどの画面を見せますか</translation>
    </message>
    <message>
        <source>Choose a screen</source>
        <translation>画面を選んでください</translation>
    </message>
    <message>
        <source>S&amp;how it</source>
        <translation>見せる(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Stop the session</source>
        <translation>セッションを終了(&amp;S)</translation>
    </message>
    <message>
        <source>The screen that {name} saw was unplugged, moved, or changed otherwise. {name} sees a still picture and can do nothing until you choose.</source>
        <translation>{name} さんに見せていた画面が、外されたか、動かされたか、変わりました。あなたが選ぶまで、{name} さんには静止画だけが見え、操作はできません。</translation>
    </message>
    <message>
        <source>The screen that {name} saw was unplugged, and there is none that could be shown now. {name} sees a still picture and can do nothing.</source>
        <translation>{name} さんに見せていた画面が外され、いまは見せられる画面がありません。{name} さんには静止画だけが見え、操作はできません。</translation>
    </message>
    <message>
        <source>Screen {number}: {width} × {height} ({name})</source>
        <translation>画面 {number}: {width} × {height}（{name}）</translation>
    </message>
    <message>
        <source>All screens</source>
        <translation>すべての画面</translation>
    </message>
</context>
<context>
    <name>ScreenView</name>
    <message>
        <source>The user’s screen will be shown here.</source>
        <translation>利用者の画面をここに表示します。</translation>
    </message>
    <message>
        <source>The user’s screen</source>
        <translation>利用者の画面</translation>
    </message>
</context>
<context>
    <name>ScreensChoice</name>
    <message>
        <source>Which &amp;screens may be seen?</source>
        <translation>見せてよい画面(&amp;S)</translation>
    </message>
    <message>
        <source>Screen {number}: {width} × {height} ({name})</source>
        <translation>画面 {number}: {width} × {height}（{name}）</translation>
    </message>
    <message>
        <source>Choose at least one screen.</source>
        <translation>画面を 1 つ以上選んでください。</translation>
    </message>
    <message>
        <source>The helper sees all screens, together or one alone.</source>
        <translation>サポート担当者には、すべての画面が、まとめて、または 1 つずつ見えます。</translation>
    </message>
    <message>
        <source>The helper sees this screen only.</source>
        <translation>サポート担当者には、この画面だけが見えます。</translation>
    </message>
    <message>
        <source>The helper sees one of these at a time, can go from one to the other, and sees no other.</source>
        <translation>サポート担当者には、選んだ画面が 1 つずつ見え、その間で切り替えられます。ほかの画面は見えません。</translation>
    </message>
</context>
<context>
    <name>SentTopic</name>
    <message>
        <source>What is the &amp;matter?</source>
        <translation>困っていること(&amp;M)</translation>
    </message>
    <message>
        <source>What is the matter?</source>
        <translation>困っていること</translation>
    </message>
    <message>
        <source>C&amp;hange</source>
        <translation>変更(&amp;H)</translation>
    </message>
    <message>
        <source>Change what is the matter</source>
        <translation>困っていることを変更</translation>
    </message>
</context>
<context>
    <name>ServerCard</name>
    <message>
        <source>Chosen by Tasuki ({program} on this computer)</source>
        <translation>自動で選ぶ（このパソコンでは {program}）</translation>
    </message>
    <message>
        <source>Chosen by Tasuki</source>
        <translation>自動で選ぶ</translation>
    </message>
    <message>
        <source>Program that shows the screen</source>
        <translation>画面を見せるプログラム</translation>
    </message>
    <message>
        <source>Tasuki chooses well by itself. It runs only while somebody helps you.</source>
        <translation>通常は自動のままでかまいません。サポートを受けている間だけ動きます。</translation>
    </message>
</context>
<context>
    <name>SessionCard</name>
    <message>
        <source>Show</source>
        <translation>表示</translation>
    </message>
    <message>
        <source>Hand over…</source>
        <translation>引き継ぐ…</translation>
    </message>
    <message>
        <source>End</source>
        <translation>終了</translation>
    </message>
    <message>
        <source>Show the session with {name}</source>
        <translation>{name} さんとのセッションを表示</translation>
    </message>
    <message>
        <source>Hand the session with {name} over</source>
        <translation>{name} さんとのセッションを引き継ぐ</translation>
    </message>
    <message>
        <source>End the session with {name}</source>
        <translation>{name} さんとのセッションを終了</translation>
    </message>
    <message>
        <source>waiting until the user lets you in…</source>
        <translation>利用者の許可を待っています…</translation>
    </message>
    <message>
        <source>connecting…</source>
        <translation>接続中…</translation>
    </message>
    <message>
        <source>paused by the user, {span}</source>
        <translation>利用者が一時停止中、{span}</translation>
    </message>
    <message>
        <source>stopped: the user&apos;s screens have changed, {span}</source>
        <translation>停止中: 利用者の画面構成が変わりました、{span}</translation>
    </message>
    <message>
        <source>you look and control, {span}</source>
        <translation>見て操作できます、{span}</translation>
    </message>
    <message>
        <source>you look, {span}</source>
        <translation>見るだけ、{span}</translation>
    </message>
    <message>
        <source>connection lost, trying again, {span}</source>
        <translation>接続が切れました。つなぎ直し中 {span}</translation>
    </message>
</context>
<context>
    <name>SessionHead</name>
    <message>
        <source>Paused</source>
        <translation>一時停止中</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>停止中</translation>
    </message>
    <message>
        <source>Pointing</source>
        <translation>指し示し中</translation>
    </message>
    <message>
        <source>Control</source>
        <translation>操作</translation>
    </message>
    <message>
        <source>Look only</source>
        <translation>見るだけ</translation>
    </message>
    <message>
        <source>{mode} · recorded</source>
        <translation>{mode}・記録済み</translation>
    </message>
    <message>
        <source>screen {number}</source>
        <translation>画面 {number}</translation>
    </message>
    <message>
        <source>Stopped: the user&apos;s screens have changed. You see a still picture until it is settled what may be shown.</source>
        <translation>停止中: 利用者の画面構成が変わりました。どの画面を見せるかが決まるまで、静止画が見えています。</translation>
    </message>
    <message>
        <source>You asked for control. The user decides.</source>
        <translation>操作を求めました。利用者の答えを待っています。</translation>
    </message>
    <message>
        <source>The user does not give control now.</source>
        <translation>利用者は、今は操作を許可していません。</translation>
    </message>
    <message>
        <source>You may look, and point with your pointer.</source>
        <translation>画面を見て、ポインターで指し示せます。</translation>
    </message>
    <message>
        <source>The user sees your pointer; nothing is touched.</source>
        <translation>利用者にはポインターが見えます。操作はされません。</translation>
    </message>
    <message>
        <source>You may look, and control the user’s computer.</source>
        <translation>画面を見て、利用者のパソコンを操作できます。</translation>
    </message>
    <message>
        <source>The user gave you control.</source>
        <translation>利用者が操作を許可しました。</translation>
    </message>
    <message>
        <source>The user took control back: you may look, and point.</source>
        <translation>利用者が操作の許可を取り消しました。画面を見て、指し示せます。</translation>
    </message>
    <message>
        <source>The user goes on.</source>
        <translation>利用者がセッションを再開しました。</translation>
    </message>
    <message>
        <source>The connection was lost. It is tried again…</source>
        <translation>接続が切れました。つなぎ直しています…</translation>
    </message>
    <message>
        <source>Waiting for the user’s computer…</source>
        <translation>利用者のパソコンを待っています…</translation>
    </message>
    <message>
        <source>Making sure who is there…</source>
        <translation>相手を確認しています…</translation>
    </message>
    <message>
        <source>Waiting for the user to let you in…</source>
        <translation>利用者の許可を待っています…</translation>
    </message>
    <message>
        <source>Paused: you see a still picture from the moment the user paused, and nothing new until the user goes on. You can do nothing.</source>
        <translation>一時停止中: 利用者が一時停止した時点の静止画が見えています。再開されるまで新しいものは見えず、操作もできません。</translation>
    </message>
    <message>
        <source>Your organisation cannot be reached just now, and is tried again. This session goes on.</source>
        <translation>今は組織につながりません。自動でつなぎ直しています。このセッションは続きます。</translation>
    </message>
    <message>
        <source>Connecting to your organisation…</source>
        <translation>組織につないでいます…</translation>
    </message>
    <message>
        <source>You draw on the user’s screen with the left button; nothing is touched.</source>
        <translation>左ボタンで利用者の画面に描きます。何も操作しません。</translation>
    </message>
    <message>
        <source>Connection lost, trying again… You see a still picture, and can do nothing.</source>
        <translation>接続が切れました。つなぎ直しています… 見えているのは静止画で、操作はできません。</translation>
    </message>
    <message>
        <source>Nothing is heard from the user’s computer just now.</source>
        <translation>今、利用者のパソコンから何も届いていません。</translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation>中断中</translation>
    </message>
</context>
<context>
    <name>SessionWindow</name>
    <message>
        <source>A message came that cannot be shown. Ask for it in other words.</source>
        <translation>表示できないメッセージが届きました。別の言い方で書いてもらってください。</translation>
    </message>
    <message>
        <source>{name} – Tasuki</source>
        <translation>{name} さん – Tasuki</translation>
    </message>
    <message>
        <source>Sho&amp;w the screen again</source>
        <translation>画面をもう一度表示(&amp;W)</translation>
    </message>
    <message>
        <source>Open the &amp;viewer again</source>
        <translation>ビューアーをもう一度開く(&amp;V)</translation>
    </message>
    <message>
        <source>The viewer was closed. The session goes on.</source>
        <translation>ビューアーが閉じられました。セッションは続いています。</translation>
    </message>
    <message>
        <source>The browser does not show the screen yet. Open it again, or choose another viewer in the settings.</source>
        <translation>ブラウザーにまだ画面が表示されていません。もう一度開くか、設定で別のビューアーを選んでください。</translation>
    </message>
    <message>
        <source>The screenshot is on your clipboard.</source>
        <translation>画面をクリップボードにコピーしました。</translation>
    </message>
    <message>
        <source>No screenshot could be had. Is the screen shown?</source>
        <translation>画面をコピーできませんでした。画面が表示されているか確認してください。</translation>
    </message>
    <message>
        <source>The screen can no longer be shown in this window, and is shown in the browser.</source>
        <translation>このウィンドウには画面を表示できなくなったため、ブラウザーに表示しています。</translation>
    </message>
    <message>
        <source>F11 leaves full screen. Ctrl+Alt+Shift+T leads to the tools.</source>
        <translation>F11 で全画面表示を終わります。Ctrl+Alt+Shift+T でツールに移ります。</translation>
    </message>
</context>
<context>
    <name>SessionsPanel</name>
    <message>
        <source>Your sessions</source>
        <translation>進行中のセッション</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Something is not right yet. It is marked below.</source>
        <translation>正しくない項目があります。下に示しました。</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>設定</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>保存(&amp;S)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>キャンセル</translation>
    </message>
</context>
<context>
    <name>SideWindows</name>
    <message>
        <source>Written to {path}.</source>
        <translation>{path} に書き出しました。</translation>
    </message>
</context>
<context>
    <name>StartupErrorWindow</name>
    <message>
        <source>Tasuki cannot start</source>
        <translation>Tasuki を起動できません</translation>
    </message>
    <message>
        <source>&amp;Try again</source>
        <translation>もう一度試す(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Open the folder</source>
        <translation>フォルダーを開く(&amp;O)</translation>
    </message>
    <message>
        <source>Open the folder with Tasuki&apos;s settings</source>
        <translation>Tasuki の設定のフォルダーを開く</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>Tasuki を終了(&amp;Q)</translation>
    </message>
</context>
<context>
    <name>StatusCard</name>
    <message>
        <source>My status</source>
        <translation>自分の状態</translation>
    </message>
    <message>
        <source>What you choose by hand always holds. Besides that:</source>
        <translation>自分で選んだ状態が優先されます。そのほかに、次のとおり自動で切り替えます。</translation>
    </message>
    <message>
        <source>Awa&amp;y without input for</source>
        <translation>操作がないとき「離席中」にする(&amp;Y)</translation>
    </message>
    <message>
        <source>&amp;Busy from this many sessions</source>
        <translation>セッション数がこの数から「対応中」にする(&amp;B)</translation>
    </message>
    <message>
        <source> min</source>
        <translation> 分</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>しない</translation>
    </message>
    <message>
        <source>A&amp;vailable again by itself</source>
        <translation>自動で「対応可能」に戻す(&amp;V)</translation>
    </message>
</context>
<context>
    <name>StatusSwitch</name>
    <message>
        <source>Available</source>
        <translation>対応可能</translation>
    </message>
    <message>
        <source>Everybody who may ask for you can do so.</source>
        <translation>利用者は、あなたに頼めます。</translation>
    </message>
    <message>
        <source>Busy</source>
        <translation>対応中</translation>
    </message>
    <message>
        <source>Others see that you are busy; they can ask for you all the same.</source>
        <translation>「対応中」と表示されますが、利用者はあなたに頼めます。</translation>
    </message>
    <message>
        <source>Away</source>
        <translation>離席中</translation>
    </message>
    <message>
        <source>Nobody asks for you by name.</source>
        <translation>名前を指定した依頼は届きません。</translation>
    </message>
</context>
<context>
    <name>StepRow</name>
    <message>
        <source>Waiting</source>
        <translation>待機中</translation>
    </message>
    <message>
        <source>Checking</source>
        <translation>確認中</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>正常</translation>
    </message>
    <message>
        <source>Not good</source>
        <translation>問題あり</translation>
    </message>
    <message>
        <source>Skipped</source>
        <translation>省略</translation>
    </message>
    <message>
        <source>{title}: {state}. {detail}</source>
        <translation>{title}: {state}。{detail}</translation>
    </message>
</context>
<context>
    <name>StopCard</name>
    <message>
        <source>Keys that stop at once</source>
        <translation>すぐに終了するキー</translation>
    </message>
    <message>
        <source>Press them during a session and it ends at once. The helper cannot press them.</source>
        <translation>セッション中に押すと、すぐに終了します。サポート担当者はこのキーを押せません。</translation>
    </message>
    <message>
        <source>As usual ({keys})</source>
        <translation>標準（{keys}）</translation>
    </message>
</context>
<context>
    <name>SummaryWindow</name>
    <message>
        <source>The connection was lost</source>
        <translation>接続が切れました</translation>
    </message>
    <message>
        <source>The session is over</source>
        <translation>セッションは終了しました</translation>
    </message>
    <message>
        <source>Export this session</source>
        <translation>このセッションを書き出す</translation>
    </message>
    <message>
        <source>Summary</source>
        <translation>セッションのまとめ</translation>
    </message>
    <message>
        <source>&amp;Ask again</source>
        <translation>もう一度頼む(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>コピー(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Export…</source>
        <translation>書き出す(&amp;E)…</translation>
    </message>
    <message>
        <source>C&amp;lose</source>
        <translation>閉じる(&amp;L)</translation>
    </message>
    <message>
        <source>Table (*.csv)</source>
        <translation>表 (*.csv)</translation>
    </message>
</context>
<context>
    <name>TextLimit</name>
    <message numerus="yes">
        <source>%n characters are too many. At most {limit} can be sent.</source>
        <translation>
            <numerusform>%n 文字多すぎます。送れるのは {limit} 文字までです。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The last %n characters are not kept. A note has at most {limit}.</source>
        <translation>
            <numerusform>最後の %n 文字は保存されません。メモは {limit} 文字までです。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Toolbar</name>
    <message>
        <source>&amp;Point</source>
        <translation>指し示す(&amp;P)</translation>
    </message>
    <message>
        <source>Special &amp;keys</source>
        <translation>特殊キー(&amp;K)</translation>
    </message>
    <message>
        <source>T&amp;ype this…</source>
        <translation>文字を入力(&amp;Y)…</translation>
    </message>
    <message>
        <source>Si&amp;ze</source>
        <translation>サイズ(&amp;Z)</translation>
    </message>
    <message>
        <source>Screensh&amp;ot</source>
        <translation>画面をコピー(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Note</source>
        <translation>メモ(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Hand over…</source>
        <translation>引き継ぐ(&amp;H)…</translation>
    </message>
    <message>
        <source>&amp;End session</source>
        <translation>終了(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Automatic: as the viewer finds best</source>
        <translation>自動: ビューアーに任せる(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Fast: rougher, for slow connections</source>
        <translation>速さ優先: 粗い画質、遅い回線向け(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Sharp: every pixel as it is</source>
        <translation>鮮明: 元の画面のまま(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Fit to the window</source>
        <translation>ウィンドウに合わせる(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Actual size (1:1)</source>
        <translation>実際のサイズ（1:1）(&amp;A)</translation>
    </message>
    <message>
        <source>F&amp;ull screen (F11)</source>
        <translation>全画面表示（F11）(&amp;U)</translation>
    </message>
    <message>
        <source>Ctrl+Alt+&amp;Del</source>
        <translation>Ctrl+Alt+&amp;Del</translation>
    </message>
    <message>
        <source>&amp;Windows key (Super)</source>
        <translation>Windows キー（Super）(&amp;W)</translation>
    </message>
    <message>
        <source>Alt+&amp;Tab: next window</source>
        <translation>Alt+&amp;Tab: 次のウィンドウ</translation>
    </message>
    <message>
        <source>Alt+F&amp;4: close the window</source>
        <translation>Alt+F&amp;4: ウィンドウを閉じる</translation>
    </message>
    <message>
        <source>Ctrl+&amp;Esc: start menu</source>
        <translation>Ctrl+&amp;Esc: スタートメニュー</translation>
    </message>
    <message>
        <source>Ctrl+&amp;Shift+Esc: task manager</source>
        <translation>Ctrl+&amp;Shift+Esc: タスクマネージャー</translation>
    </message>
    <message>
        <source>&amp;Print screen</source>
        <translation>PrintScreen キー(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;F11</source>
        <translation>&amp;F11</translation>
    </message>
    <message>
        <source>While you only look, your pointer is always shown to the user.</source>
        <translation>見るだけの間は、ポインターは常に利用者に見えます。</translation>
    </message>
    <message>
        <source>Your pointer is shown to the user; nothing is touched.</source>
        <translation>ポインターを利用者に見せます。操作はされません。</translation>
    </message>
    <message>
        <source>Only while you control.</source>
        <translation>操作できる間だけ使えます。</translation>
    </message>
    <message>
        <source>Only while a viewer shows the screen.</source>
        <translation>ビューアーが画面を表示している間だけ使えます。</translation>
    </message>
    <message>
        <source>Keys that this computer would keep for itself.</source>
        <translation>このパソコン自身が使ってしまうキーを送ります。</translation>
    </message>
    <message>
        <source>How fine the picture is.</source>
        <translation>画質を選びます。</translation>
    </message>
    <message>
        <source>Let another helper go on.</source>
        <translation>ほかのサポート担当者に引き継ぎます。</translation>
    </message>
    <message>
        <source>You have &amp;control</source>
        <translation>操作できます(&amp;C)</translation>
    </message>
    <message>
        <source>Asking for &amp;control…</source>
        <translation>操作を求めています…(&amp;C)</translation>
    </message>
    <message>
        <source>Ask for &amp;control again</source>
        <translation>操作をもう一度求める(&amp;C)</translation>
    </message>
    <message>
        <source>Ask for &amp;control</source>
        <translation>操作を求める(&amp;C)</translation>
    </message>
    <message>
        <source>The user is asked, and decides.</source>
        <translation>利用者に確認し、利用者が決めます。</translation>
    </message>
    <message>
        <source>&amp;Quality: automatic</source>
        <translation>画質: 自動(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Quality: fast</source>
        <translation>画質: 速さ優先(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Quality: sharp</source>
        <translation>画質: 鮮明(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Screen {number}</source>
        <translation>画面 {number}(&amp;S)</translation>
    </message>
    <message>
        <source>All &amp;screens</source>
        <translation>すべての画面(&amp;S)</translation>
    </message>
    <message>
        <source>Not while the picture is stopped.</source>
        <translation>画面が止まっている間は使えません。</translation>
    </message>
    <message>
        <source>The user lets you see these screens; choose another one.</source>
        <translation>利用者が見せている画面です。ほかの画面に切り替えられます。</translation>
    </message>
    <message>
        <source>Screen &amp;{number}: {width} × {height} ({name})</source>
        <translation>画面 &amp;{number}: {width} × {height}（{name}）</translation>
    </message>
    <message>
        <source>Only with the built-in viewer; others have this in a menu of their own.</source>
        <translation>内蔵のビューアーだけで使えます。ほかのビューアーでは、そのメニューから選びます。</translation>
    </message>
    <message>
        <source>How large the screen is shown.</source>
        <translation>画面の表示の大きさを選びます。</translation>
    </message>
    <message>
        <source>Only the built-in viewer can give a picture.</source>
        <translation>画面のコピーは、内蔵のビューアーだけで使えます。</translation>
    </message>
    <message>
        <source>The screen goes to your clipboard.</source>
        <translation>画面をクリップボードにコピーします。</translation>
    </message>
    <message numerus="yes">
        <source>Ch&amp;at (%n new)</source>
        <translation>
            <numerusform>チャット（未読 %n）(&amp;A)</numerusform>
        </translation>
    </message>
    <message>
        <source>Ch&amp;at</source>
        <translation>チャット(&amp;A)</translation>
    </message>
    <message>
        <source>Text in any script is typed at the user’s computer, also what your keyboard does not have.</source>
        <translation>どんな文字でも利用者のパソコンに入力されます。手元のキーボードにない文字も使えます。</translation>
    </message>
    <message>
        <source>Kept with this session in your history; nobody else sees it.</source>
        <translation>このセッションの履歴に保存されます。ほかの人には見えません。</translation>
    </message>
    <message>
        <source>D&amp;raw</source>
        <translation>描く(&amp;R)</translation>
    </message>
    <message>
        <source>Not while you point or draw.</source>
        <translation>指し示している間や描いている間は使えません。</translation>
    </message>
    <message>
        <source>Hold the left button and draw on the user’s screen; a click is a ring. It goes after some seconds.</source>
        <translation>左ボタンを押したまま動かすと利用者の画面に線が、クリックすると丸が出ます。数秒で消えます。</translation>
    </message>
</context>
<context>
    <name>TopicLine</name>
    <message>
        <source>What is the &amp;matter? (You need not say.)</source>
        <translation>何に困っていますか(&amp;M)（書かなくてもかまいません）</translation>
    </message>
    <message>
        <source>For example: the printer does not print</source>
        <translation>例: プリンターで印刷できません</translation>
    </message>
    <message>
        <source>What is the matter?</source>
        <translation>困っていること</translation>
    </message>
</context>
<context>
    <name>TransferDialog</name>
    <message>
        <source>Hand over</source>
        <translation>引き継ぎ</translation>
    </message>
    <message>
        <source>Who shall go on helping {name}?</source>
        <translation>{name} さんを誰に引き継ぎますか</translation>
    </message>
    <message>
        <source>Search helpers and groups</source>
        <translation>サポート担当者とグループを検索</translation>
    </message>
    <message>
        <source>Helpers and groups</source>
        <translation>サポート担当者とグループ</translation>
    </message>
    <message>
        <source>What was done already, and what is left</source>
        <translation>行ったことと、残っていること</translation>
    </message>
    <message>
        <source>&amp;Hand over</source>
        <translation>引き継ぐ(&amp;H)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>キャンセル</translation>
    </message>
    <message>
        <source>Whoever is free first</source>
        <translation>最初に手の空いた人</translation>
    </message>
    <message>
        <source>Group {name} ({count} available)</source>
        <translation>グループ {name}（対応可能 {count} 人）</translation>
    </message>
    <message>
        <source>{name} – available</source>
        <translation>{name} さん – 対応可能</translation>
    </message>
    <message>
        <source>{name} – busy</source>
        <translation>{name} さん – 対応中</translation>
    </message>
    <message>
        <source>{name} – away</source>
        <translation>{name} さん – 離席中</translation>
    </message>
    <message numerus="yes">
        <source>%n characters left</source>
        <translation>
            <numerusform>あと %n 文字</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n too many</source>
        <translation>
            <numerusform>%n 文字多すぎます</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Why, and what is left to do ({name} reads this too):</source>
        <translation>引き継ぐ理由と残りの作業（{name} さんも読みます）(&amp;W):</translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message>
        <source>{name}: ready</source>
        <translation>{name}: 準備完了</translation>
    </message>
    <message>
        <source>{name}: waiting</source>
        <translation>{name}: 待機中</translation>
    </message>
    <message>
        <source>{name}: in a session</source>
        <translation>{name}: セッション中</translation>
    </message>
    <message>
        <source>{name}: not connected</source>
        <translation>{name}: 未接続</translation>
    </message>
</context>
<context>
    <name>TypePanel</name>
    <message>
        <source>Type this</source>
        <translation>文字を入力</translation>
    </message>
    <message>
        <source>Text that is typed at the user’s computer</source>
        <translation>利用者のパソコンに入力する文字</translation>
    </message>
    <message>
        <source>Text in any script, also of several lines</source>
        <translation>どんな文字でも、何行でも書けます</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>送信</translation>
    </message>
    <message>
        <source>{count} of {limit} characters</source>
        <translation>{count} / {limit} 文字</translation>
    </message>
    <message>
        <source>Ctrl+Enter</source>
        <translation>Ctrl+Enter</translation>
    </message>
    <message>
        <source>Sent. It is typed where the cursor is at the user’s computer, but never into Tasuki’s own windows.</source>
        <translation>送信しました。利用者のパソコンのカーソルの位置に入力されます。ただし、Tasuki のウィンドウには入力されません。</translation>
    </message>
    <message>
        <source>Tasuki types this where the cursor is at the user’s computer. Click there first. Ctrl+Enter sends.</source>
        <translation>利用者のパソコンのカーソルの位置に入力します。先にそこをクリックしてください。Ctrl+Enter で送信します。</translation>
    </message>
</context>
<context>
    <name>UserNotifications</name>
    <message>
        <source>{name} wants to help you</source>
        <translation>{name} さんがサポートを始めようとしています</translation>
    </message>
    <message>
        <source>Please say yes or no.</source>
        <translation>許可するかどうかを答えてください。</translation>
    </message>
    <message>
        <source>{name} asks to control this computer</source>
        <translation>{name} さんがこのパソコンの操作を求めています</translation>
    </message>
    <message>
        <source>{name} is connected</source>
        <translation>{name} さんとつながりました</translation>
    </message>
    <message>
        <source>Your screen is being shown now.</source>
        <translation>今、あなたの画面が見えています。</translation>
    </message>
    <message>
        <source>The session with {name} is over</source>
        <translation>{name} さんとのセッションは終了しました</translation>
    </message>
    <message>
        <source>Your screen is no longer shown.</source>
        <translation>あなたの画面は、もう見えていません。</translation>
    </message>
    <message>
        <source>Your request for help is over</source>
        <translation>依頼は終了しました</translation>
    </message>
    <message>
        <source>A message came that cannot be shown. Ask for it in other words.</source>
        <translation>表示できないメッセージが届きました。別の言い方で書いてもらってください。</translation>
    </message>
    <message>
        <source>Not handed over</source>
        <translation>渡していません</translation>
    </message>
    <message>
        <source>The helper only looks now</source>
        <translation>サポート担当者は見るだけになりました</translation>
    </message>
    <message>
        <source>Tasuki goes on</source>
        <translation>Tasuki は動いています</translation>
    </message>
    <message>
        <source>You find it here, beside the clock, whenever you need help.</source>
        <translation>助けが必要なときは、時計の横のこのアイコンから開けます。</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>表示</translation>
    </message>
    <message>
        <source>{name} can help you now</source>
        <translation>{name} さんが今、対応できます</translation>
    </message>
</context>
<context>
    <name>UserQuitWords</name>
    <message>
        <source>{name} is helping you now. If you quit, the session ends.</source>
        <translation>{name} さんがサポート中です。Tasuki を終了すると、セッションも終了します。</translation>
    </message>
    <message>
        <source>You have asked for help. If you quit, your request is taken back.</source>
        <translation>依頼を出しています。Tasuki を終了すると、依頼は取り下げられます。</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>Tasuki を終了(&amp;Q)</translation>
    </message>
    <message>
        <source>You have asked to be told here when somebody is free. If you quit, the request stays in the queue, but nobody can help you before you start Tasuki again.</source>
        <translation>担当者の手が空いたら知らせてもらうよう頼んであります。終了しても依頼は残りますが、もう一度 Tasuki を起動するまでサポートは受けられません。</translation>
    </message>
</context>
<context>
    <name>UserTray</name>
    <message>
        <source>Show</source>
        <translation>表示</translation>
    </message>
    <message>
        <source>Get help</source>
        <translation>助けを頼む</translation>
    </message>
    <message>
        <source>Stop the session</source>
        <translation>セッションを終了</translation>
    </message>
    <message>
        <source>Recent sessions</source>
        <translation>最近のセッション</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>設定</translation>
    </message>
    <message>
        <source>Why can&apos;t I connect?</source>
        <translation>つながらないとき</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Tasuki を終了</translation>
    </message>
    <message>
        <source>Let {name} control…</source>
        <translation>{name} さんに操作を許可…</translation>
    </message>
</context>
<context>
    <name>ViewerCard</name>
    <message>
        <source>Built in</source>
        <translation>内蔵</translation>
    </message>
    <message>
        <source>None: Tasuki tells the address, and I start a viewer myself</source>
        <translation>なし（表示されるアドレスに、自分でビューアーをつなぐ）</translation>
    </message>
    <message>
        <source>Viewer</source>
        <translation>ビューアー</translation>
    </message>
    <message>
        <source>The next session is opened with it.</source>
        <translation>次のセッションから使います。</translation>
    </message>
</context>
<context>
    <name>WaitingPage</name>
    <message>
        <source>&amp;Cancel</source>
        <translation>依頼を取り下げる(&amp;C)</translation>
    </message>
    <message>
        <source>Under way</source>
        <translation>進行中</translation>
    </message>
    <message>
        <source>&amp;Stop the session</source>
        <translation>セッションを終了(&amp;S)</translation>
    </message>
    <message>
        <source>{name} is helping you</source>
        <translation>{name} さんが
サポート中</translation>
    </message>
    <message>
        <source>Connecting with {name}</source>
        <translation>{name} さんと接続中</translation>
    </message>
    <message>
        <source>Help is coming</source>
        <translation>まもなくつながります</translation>
    </message>
    <message>
        <source>Waiting for {name}</source>
        <translation>{name} さんに依頼中</translation>
    </message>
    <message>
        <source>Waiting for somebody of the group {name}</source>
        <translation>グループ {name} に
依頼中</translation>
    </message>
    <message>
        <source>Waiting for somebody who is free</source>
        <translation>手の空いた人に依頼中</translation>
    </message>
    <message>
        <source>Asking for help</source>
        <translation>依頼を送信中</translation>
    </message>
    <message>
        <source>You are next.</source>
        <translation>次の順番です。</translation>
    </message>
    <message>
        <source>You are number {position} in the queue.</source>
        <translation>順番は {position} 番目です。</translation>
    </message>
    <message>
        <source>The way to the helper is being found.</source>
        <translation>サポート担当者への経路を探しています。</translation>
    </message>
    <message>
        <source>The helper&apos;s computer is being reached.</source>
        <translation>サポート担当者のパソコンにつないでいます。</translation>
    </message>
    <message>
        <source>The connection is being secured.</source>
        <translation>接続を安全にしています。</translation>
    </message>
    <message>
        <source>Please answer the question on your screen.</source>
        <translation>画面に出ている質問に答えてください。</translation>
    </message>
    <message>
        <source>Almost there.</source>
        <translation>もうすぐです。</translation>
    </message>
    <message>
        <source>You find all you need in the bar at the edge of your screen.</source>
        <translation>必要な操作は、画面の端のバーでできます。</translation>
    </message>
    <message>
        <source>The connection is lost. Your place in the queue is kept for a minute while it is tried again by itself.</source>
        <translation>接続が切れました。自動でつなぎ直しています。一分間は、順番がそのまま残ります。</translation>
    </message>
    <message>
        <source>Ask &amp;somebody else</source>
        <translation>ほかの人に頼む(&amp;S)</translation>
    </message>
    <message>
        <source>You can wait, or ask somebody else.</source>
        <translation>このまま待つか、ほかの人に頼むことができます。</translation>
    </message>
    <message>
        <source>Trying again, {span}</source>
        <translation>つなぎ直し中 {span}</translation>
    </message>
    <message>
        <source>You have just asked.</source>
        <translation>依頼したばかりです。</translation>
    </message>
    <message numerus="yes">
        <source>Waiting for %n min. A request waits for {most} min at most.</source>
        <translation>
            <numerusform>%n 分待っています。依頼の待ち時間は最長 {most} 分です。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Waiting for %n min.</source>
        <translation>
            <numerusform>%n 分待っています。</numerusform>
        </translation>
    </message>
    <message>
        <source>{name} hands you over to somebody else.</source>
        <translation>{name} さんから、ほかの人への引き継ぎです。</translation>
    </message>
    <message>
        <source>&amp;Withdraw the request</source>
        <translation>依頼を取り下げる(&amp;W)</translation>
    </message>
    <message>
        <source>You will be asked here</source>
        <translation>この画面でお知らせします</translation>
    </message>
    <message>
        <source>Ask me here when some&amp;body is free</source>
        <translation>担当者の手が空いたら、この画面で知らせてもらう(&amp;B)</translation>
    </message>
    <message>
        <source>You need not wait here then: the request stays in the queue. Nobody will telephone you; once somebody can help, a question comes on this screen.</source>
        <translation>ここで待つ必要はありません。依頼はそのまま残ります。電話はかかってきません。対応できる人が出たら、この画面に確認が出ます。</translation>
    </message>
    <message>
        <source>You can close this window. Tasuki has to run, and this computer to be on.</source>
        <translation>このウィンドウは閉じてもかまいません。Tasuki を動かし、パソコンの電源を入れたままにしてください。</translation>
    </message>
    <message>
        <source>Connection lost, trying again…</source>
        <translation>接続が切れました。つなぎ直しています…</translation>
    </message>
</context>
</TS>
