<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ja" sourcelanguage="en">
<context>
    <name>AskDialog</name>
    <message>
        <source>Get help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What may the helper do?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What may a helper of the group {name} do?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What may {name} do?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is the &amp;matter? (You need not say.)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is the matter?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which &amp;screen is shown?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which screen is shown?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All screens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Screen {number}: {width} × {height} ({name})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What you write and send here can be read by your organisation&apos;s operators. What happens on your screen can be seen by the helper only.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Get help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not now</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Attention</name>
    <message>
        <source>{name} asks for help</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n new requests for help</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>{name} waits longest.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} wants to help you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Please say yes or no.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} asks to control this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} is connected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your screen is being shown now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The session with {name} is over</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your screen is no longer shown.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your request for help is over</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tasuki goes on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You find it here, beside the clock, whenever you need help.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Bar</name>
    <message>
        <source>&amp;Look only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The helper may only look</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Control</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The helper may look and control</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop the session</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Session with {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sees your screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sees and controls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paused: sees nothing new</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Go on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the screen again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause: show nothing and take no input</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>C&amp;hat ({count})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>C&amp;hat</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Chat, %n message(s) not read</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>The {key} key stops at once</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wherever the keyboard is. The helper cannot press this key.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop only here: no stop key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another program has the {key} key. Choose another one in the settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This desktop (Wayland) lets no program hear keys that are pressed in another one.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ChatPanel</name>
    <message>
        <source>Send</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Message to be sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was said</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write a message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Messages can be sent during a session.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You, {time}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}, {time}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: {text}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ChatWindow</name>
    <message>
        <source>Chat with {name}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ClipboardCard</name>
    <message>
        <source>Clipboard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is copied crosses only while the helper has control.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What &amp;I copy can be pasted on the user&apos;s computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is copied on the user&apos;s computer can be pasted &amp;here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the helper copies can be pasted &amp;here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What &amp;I copy can be pasted on the helper&apos;s computer</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ConfirmPage</name>
    <message>
        <source>Is this right?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With this line your computer joins:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Organisation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its relay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>If you do not know this name, go back and ask your operator.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Yes, join</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ConnectionLine</name>
    <message>
        <source>&amp;Why can&apos;t I connect?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect h&amp;ere</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>● Connected to {organisation} as {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>○ Tasuki was started elsewhere as {name}, and goes on there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>○ Connecting…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>○ Not connected.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>○ Not connected. Trying again by itself…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DeclineDialog</name>
    <message>
        <source>Decline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Decline the request of {name}?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} will read the reason.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your &amp;words:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For example: call me at extension 42</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Decline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No reason</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>I am not free now. Please ask somebody else.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Somebody else knows more about this. Please ask them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This cannot be mended from here. Somebody will come to you.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In my own words</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DetailsCard</name>
    <message>
        <source>Details of this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before you ask for help, these are shown, and sent only if you agree. Untick what is never offered.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}: {value}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DetailsChoice</name>
    <message>
        <source>Also send &amp;details of this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details that will be sent</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DetailsPanel</name>
    <message>
        <source>Choose a request to see more about it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Note from a colleague</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The computer, as its user’s program says</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Accept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Decline…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>asks for you by name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>asks for the group {group}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>asks for anyone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You may look and control.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You may look.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waiting since {time} ({span})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DiagnosisWindow</name>
    <message>
        <source>&amp;Copied</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Copy report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking at each step of the way to the relay…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{step}” does not work. What to do stands below it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Everything that was checked is good.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each step of the way to the relay is looked at, one after the other.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why can&apos;t I connect?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Try again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>C&amp;lose</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>EndDialog</name>
    <message>
        <source>End the session</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End the session with {name}?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;End session</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Go on</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>EndPanel</name>
    <message>
        <source>The session has ended</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It lasted {time}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>EndedPage</name>
    <message>
        <source>Ask &amp;again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Back to the list</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A helper was ready, but the question whether to let them in was not answered in time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask &amp;somebody else</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not possible now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The session was interrupted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>That did not work</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>EnrolmentWindow</name>
    <message>
        <source>Tasuki: first start</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Facts</name>
    <message>
        <source>{word}: {text}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>GeneralCard</name>
    <message>
        <source>General</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As the system says</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loo&amp;ks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start with the &amp;desktop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play a so&amp;und where something asks for attention</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>High contrast</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show &amp;notices of the desktop</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HelperTray</name>
    <message>
        <source>Available</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Busy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Away</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recent sessions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why can’t I connect?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the requests ({count})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HistoryModel</name>
    <message>
        <source>Who</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>When</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How long</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Modes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How it ended</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Note</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HistoryWindow</name>
    <message>
        <source>Nothing was found.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There was no session yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export sessions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CSV table (*.csv)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recent sessions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search names, dates, topics and notes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Copy details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Export…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>C&amp;lose</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HomePage</name>
    <message>
        <source>Who should &amp;help?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Get help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You can ask as soon as this computer is connected.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose who should help.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whoever is free first is asked. You are shown who it is before anybody sees your screen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A helper of the group {name} is asked. You are shown who it is before anybody sees your screen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} is asked. Nothing is shown before you say what the helper may do.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>InventoryWords</name>
    <message>
        <source>System</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Desktop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Screens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Processor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Running for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Language</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tasuki</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LinePage</name>
    <message>
        <source>Welcome to Tasuki</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This computer has to be made known to your organisation once. Your operator gave you a line for that; it begins with “tasuki-enrol”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is such a line in the file {path}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Use this file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Paste the line here:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enrolment line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>tasuki-enrol:…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Continue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is not a complete line. Copy all of it, from “tasuki-enrol” to its end, and paste it here.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Tasuki: get help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Menu</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Recent sessions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Why can&apos;t I connect?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ModeChoice</name>
    <message>
        <source>May &amp;look</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The helper sees your screen and can point at things. You do everything yourself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>May look and &amp;control</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The helper can also use your mouse and keyboard. You can take that back at any moment.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>NoteField</name>
    <message>
        <source>&amp;Note</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was done, what remains. Only kept on this computer.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>NotePanel</name>
    <message>
        <source>Note</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was the matter, and what helped?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kept with this session in your history. Nobody else sees it.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PeopleList</name>
    <message>
        <source>Search by name, language or skill</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Who can help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nobody is found by these words.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PeopleModel</name>
    <message>
        <source>Whoever is free first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Group: {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n available</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Nobody available now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The quickest way to get help</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Available</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Busy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Away</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PersonCard</name>
    <message>
        <source>What users read of me</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{organisation} keeps this. Ask your operator to change it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Languages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Skills</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not known while Tasuki is not connected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ProxyCard</name>
    <message>
        <source>Connection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use the &amp;proxy that this computer is set to, if any</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use n&amp;o proxy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use &amp;this proxy:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>User na&amp;me</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pass&amp;word</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only if the proxy asks for it</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>QuestionWindow</name>
    <message>
        <source>&amp;No</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{organisation}: this name was checked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>May the helper control?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} asks to control your computer: mouse and keyboard.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whoever controls can do all that you can do. You can stop it at any moment.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let &amp;control</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Allow this helper?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} took your request, and would see your screen and control it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} took your request, and would see your screen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Allow it only if you know this name, or expected somebody of your organisation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Allow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Without an answer it is no, in {seconds} s.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>QueueHead</name>
    <message>
        <source>Menu</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connected to {organisation}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not connected to {organisation}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connecting to {organisation}…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>QueueMenu</name>
    <message>
        <source>Go to the &amp;list</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Search the list</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Hand the last session over…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Connect now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Recent sessions…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>S&amp;ettings…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Why can’t I connect?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>QueueWindow</name>
    <message>
        <source>Tasuki – requests for help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Requests for help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter accepts, Delete declines. Ctrl+F searches, Ctrl+T hands a session over, Ctrl+1, 2, 3 set your status.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None of those who wait is in this selection.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nobody is waiting for help.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Without a connection nobody can be seen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tasuki was started with your certificate somewhere else, and works there now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Work here again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why can’t I connect?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>That request is no longer waiting.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no connection now, so nobody can be taken.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} is no longer waiting.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>QuitDialog</name>
    <message>
        <source>Quit Tasuki?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You are in a session with {name}. If you quit, it ends.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>You are in %n sessions. If you quit, they end.</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;End and quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Stay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} is helping you now. If you quit, the session ends.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You have asked for help. If you quit, your request is taken back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RecordWords</name>
    <message>
        <source>{seconds} s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{minutes} min {seconds} s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{hours} h {minutes} min</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look and control</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looked, and controlled at times</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{time}  {mode}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Organisation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Began</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lasted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Modes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was the matter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How it ended</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Note</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{word}: {text}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RequestsModel</name>
    <message>
        <source>Who</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asks for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is the matter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You may</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Anyone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>look and control</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>look</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>connecting…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ResultPage</name>
    <message>
        <source>One moment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The relay is being asked for this computer&apos;s certificate.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>That did not work</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Welcome, {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This computer belongs to {organisation} now. You need not do this again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Under way</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Other line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Try again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SentTopic</name>
    <message>
        <source>What is the &amp;matter?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is the matter?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>C&amp;hange</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change what is the matter</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ServerCard</name>
    <message>
        <source>Chosen by Tasuki ({program} on this computer)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chosen by Tasuki</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Program that shows the screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tasuki chooses well by itself. It runs only while somebody helps you.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SessionCard</name>
    <message>
        <source>Show</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hand over…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the session with {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hand the session with {name} over</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End the session with {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>waiting until the user lets you in…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>connecting…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>paused by the user, {span}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>you look and control, {span}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>you look, {span}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SessionHead</name>
    <message>
        <source>Paused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pointing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Control</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The user has paused the session: you see the last picture, and can do nothing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You asked for control. The user decides.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The user does not give control now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The relay cannot be reached just now, and is tried again. This session goes on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You may look, and point with your pointer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The user sees your pointer; nothing is touched.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You may look, and control the user’s computer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The user gave you control.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The user took control back: you may look, and point.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The user goes on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The connection was lost. It is tried again…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connecting to the relay…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waiting for the user’s computer…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Making sure who is there…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waiting for the user to let you in…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SessionWindow</name>
    <message>
        <source>{name} – Tasuki</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sho&amp;w the screen again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the &amp;viewer again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The viewer was closed. The session goes on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The screenshot is on your clipboard.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No screenshot could be had. Is the screen shown?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The screen can no longer be shown in this window, and is shown in the browser.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>F11 leaves full screen. Ctrl+Alt+Shift+T leads to the tools.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SessionsPanel</name>
    <message>
        <source>Your sessions</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Something is not right yet. It is marked below.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SideWindows</name>
    <message>
        <source>Written to {path}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SieveBar</name>
    <message>
        <source>Waiting: {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waiting: {shown} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whose requests are shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search the requests</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All requests</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For me by name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For anyone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Group {name}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Spans</name>
    <message>
        <source>just now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{hours} h {minutes} min</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{days} d {hours} h</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Stage</name>
    <message>
        <source>The user’s screen will be shown here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The user’s screen</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StatusCard</name>
    <message>
        <source>My status</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What you choose by hand always holds. Besides that:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Awa&amp;y without input for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Busy from this many sessions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> min</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Never</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A&amp;vailable again by itself</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StatusSwitch</name>
    <message>
        <source>Available</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Everybody who may ask for you can do so.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Busy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Others see that you are busy; they can ask for you all the same.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Away</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nobody asks for you by name.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StepRow</name>
    <message>
        <source>Waiting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Checking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Good</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not good</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Skipped</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}: {state}. {detail}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StopCard</name>
    <message>
        <source>Keys that stop at once</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Press them during a session and it ends at once. The helper cannot press them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As usual ({keys})</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SummaryWindow</name>
    <message>
        <source>The connection was lost</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The session is over</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export this session</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CSV table (*.csv)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Summary</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Ask again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Export…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>C&amp;lose</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Toolbar</name>
    <message>
        <source>&amp;Point</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Special &amp;keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Si&amp;ze</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Screensh&amp;ot</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Note</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Hand over…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;End session</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Automatic: as the viewer finds best</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Fast: rougher, for slow connections</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Sharp: every pixel as it is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Fit to the window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Actual size (1:1)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>F&amp;ull screen (F11)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+Alt+&amp;Del</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Windows key (Super)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Alt+&amp;Tab: next window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Alt+F&amp;4: close the window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+&amp;Esc: start menu</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+&amp;Shift+Esc: task manager</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Print screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;F11</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>While you only look, your pointer is always shown to the user.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your pointer is shown to the user; nothing is touched.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only while you control.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not while you point.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only while a viewer shows the screen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys that this computer would keep for itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How fine the picture is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let another helper go on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You have &amp;control</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asking for &amp;control…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask for &amp;control again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask for &amp;control</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The user is asked, and decides.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quality: automatic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quality: fast</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quality: sharp</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only with the built-in viewer; others have this in a menu of their own.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How large the screen is shown.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only the built-in viewer can give a picture.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The screen goes to your clipboard.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Ch&amp;at (%n new)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Ch&amp;at</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kept with this session in your history; nobody else sees it.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TopicLine</name>
    <message>
        <source>What is the &amp;matter?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For example: the printer does not print</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is the matter?</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TransferDialog</name>
    <message>
        <source>Hand over</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Who shall go on helping {name}?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search helpers and groups</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Helpers and groups</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Note for whoever goes on:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was done already, and what is left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Hand over</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whoever is free first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Group {name} ({count} available)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} – available</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} – busy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} – away</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n characters left</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n too many</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message>
        <source>{name}: ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: waiting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: in a session</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: not connected</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TroubleWindow</name>
    <message>
        <source>Tasuki cannot start</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Try again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Open the folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the folder with Tasuki&apos;s settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>UserTray</name>
    <message>
        <source>Show</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Get help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop the session</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recent sessions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why can&apos;t I connect?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quit</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ViewerCard</name>
    <message>
        <source>Built in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None: Tasuki tells the address, and I start a viewer myself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Viewer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The next session is opened with it.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WaitingPage</name>
    <message>
        <source>&amp;Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Under way</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Stop the session</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} is helping you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connecting with {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Help is coming</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waiting for {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waiting for somebody of the group {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waiting for somebody who is free</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asking for help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You are next.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You are number {position} in the queue.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The way to the helper is being found.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The helper&apos;s computer is being reached.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The connection is being secured.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Please answer the question on your screen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Almost there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You find all you need in the bar at the edge of your screen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The connection is lost. Your place in the queue is kept for a minute while it is tried again by itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} is not here now. You can wait, or ask somebody else.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask &amp;somebody else</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You have just asked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Waiting for %n min. A request waits for {most} min at most.</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Waiting for %n min.</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
</context>
</TS>
