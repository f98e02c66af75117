<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>Bar</name>
    <message numerus="yes">
        <source>Chat, %n message(s) not read</source>
        <translation>
            <numerusform>Chat, %n message not read</numerusform>
            <numerusform>Chat, %n messages not read</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>HelperNotifications</name>
    <message numerus="yes">
        <source>%n people ask for help</source>
        <translation>
            <numerusform>%n person asks for help</numerusform>
            <numerusform>%n people ask for help</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>HelperQuitWords</name>
    <message numerus="yes">
        <source>You are in %n sessions. If you quit, they end.</source>
        <translation>
            <numerusform>You are in %n session. If you quit, it ends.</numerusform>
            <numerusform>You are in %n sessions. If you quit, they end.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PeopleModel</name>
    <message numerus="yes">
        <source>%n available</source>
        <translation>
            <numerusform>%n available</numerusform>
            <numerusform>%n available</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n waiting</numerusform>
            <numerusform>%n waiting</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RecordWords</name>
    <message numerus="yes">
        <source>%n time(s), {time} in all</source>
        <translation>
            <numerusform>%n time, {time} in all</numerusform>
            <numerusform>%n times, {time} in all</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TextLimit</name>
    <message numerus="yes">
        <source>%n characters are too many. At most {limit} can be sent.</source>
        <translation>
            <numerusform>%n character is too many. At most {limit} can be sent.</numerusform>
            <numerusform>%n characters are too many. At most {limit} can be sent.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The last %n characters are not kept. A note has at most {limit}.</source>
        <translation>
            <numerusform>The last character is not kept. A note has at most {limit}.</numerusform>
            <numerusform>The last %n characters are not kept. A note has at most {limit}.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Toolbar</name>
    <message numerus="yes">
        <source>Ch&amp;at (%n new)</source>
        <translation>
            <numerusform>Ch&amp;at (%n new)</numerusform>
            <numerusform>Ch&amp;at (%n new)</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TransferDialog</name>
    <message numerus="yes">
        <source>%n characters left</source>
        <translation>
            <numerusform>%n character left</numerusform>
            <numerusform>%n characters left</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n too many</source>
        <translation>
            <numerusform>%n too many</numerusform>
            <numerusform>%n too many</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>WaitingPage</name>
    <message numerus="yes">
        <source>Waiting for %n min. A request waits for {most} min at most.</source>
        <translation>
            <numerusform>Waiting for %n min. A request waits for {most} min at most.</numerusform>
            <numerusform>Waiting for %n min. A request waits for {most} min at most.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Waiting for %n min.</source>
        <translation>
            <numerusform>Waiting for %n min.</numerusform>
            <numerusform>Waiting for %n min.</numerusform>
        </translation>
    </message>
</context>
</TS>
