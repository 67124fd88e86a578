import { type InstructionRule, rule } from './instruction-rule.ts';
import {
  before,
  few,
  models,
  modelWords,
  orders,
  orderWords,
  personWords,
  secrets,
  some,
} from './instruction-words.ts';

/** Each is a bounded search; none backtracks over more than a few dozen words. */
const instructionRules: readonly InstructionRule[] = [
  rule(
    'override',
    [
      ['ignore', 'disregard', 'forget', 'overlook', 'override', 'bypass', 'discard', 'neglect', 'set aside', 'do not'],
      orderWords,
    ],
    String.raw`\b(?:ignore|disregard|forget|overlook|override|bypass|discard|neglect|set aside|do not (?:follow|obey))\s+${few}${before}\s+${few}${orders}\b`,
  ),
  rule(
    'override',
    [
      ['ignore', 'disregard', 'forget'],
      ['everything', 'all', 'anything'],
    ],
    String.raw`\b(?:ignore|disregard|forget)\s+(?:everything|all|anything)\s+(?:(?:you(?:'ve| have)?|that was|i(?:'ve| have)?)\s+)?(?:(?:were|been|was)\s+)?(?:told|said|read|above|before|so far|previously)\b`,
  ),
  rule(
    'override',
    [['here are', 'these are', 'follow'], ['new', 'real', 'updated', 'actual', 'true'], orderWords],
    String.raw`\b(?:here are|these are|follow)\s+(?:your|the|these|my)\s+(?:new|real|updated|actual|true)\s+${orders}\b`,
  ),
  rule(
    'override',
    [['new', 'updated', 'revised', 'urgent', 'important'], ['instruction', 'prompt'], [':']],
    String.raw`(?:^|\n)\W{0,6}(?:new|updated|revised|urgent|important)\s+(?:system\s+)?(?:instructions?|prompt)\s*(?:for [^\n:]{1,30})?:`,
  ),
  rule(
    'override',
    [['your new', 'your only', 'your real', 'your actual']],
    String.raw`\byour (?:new|only|real|actual) (?:task|goal|objective|job|purpose|mission) (?:is|now)\b`,
  ),
  // The same in languages that many documents are written in.
  rule(
    'override',
    [['ignorier', 'vergiss', 'missachte', 'vergessen']],
    String.raw`\b(?:ignorier\p{L}*|vergiss|missachte\p{L}*|vergessen sie)\s+${few}(?:anweisung|instruktion|vorgabe|regel|befehl|prompt)\p{L}*`,
  ),
  rule(
    'override',
    [
      ['ignor', 'oubli', 'tiens', 'tenez'],
      ['instruction', 'consigne', 'règle', 'directive'],
    ],
    String.raw`\b(?:ignor(?:e|ez|er)|oubli(?:e|ez|er)|ne tiens pas compte d\p{L}*|ne tenez pas compte d\p{L}*)\s+${few}(?:instruction|consigne|règle|directive)s?`,
  ),
  rule(
    'override',
    [['ignor', 'olvid', 'descart', 'desconsid', 'esqueça', 'dimentic']],
    String.raw`\b(?:ignora|ignore|olvida|olvide|descarta|desconsidere|esqueça|dimentica)\p{L}*\s+${few}(?:instruc\p{L}+|indicaciones|instruções|istruzioni|reglas|regras|regole|órdenes)`,
  ),
  rule(
    'override',
    [['игнорир', 'забуд']],
    String.raw`(?:игнорируй|игнорируйте|забудь|забудьте)\p{L}*\s+${few}(?:инструкц|указани|правил)\p{L}*`,
  ),
  rule(
    'override',
    [['忽略', '無視', '无视', '忘']],
    String.raw`(?:忽略|無視|无视|忘记|忘れ)[^。\n]{0,12}(?:指令|指示|说明|提示|规则|命令)|(?:指示|命令|指令)[をは][^。\n]{0,8}(?:無視|忘れ)`,
  ),
  rule(
    'override',
    [['무시', '잊']],
    String.raw`(?:이전|위의|모든)[^.\n]{0,12}(?:지시|명령|지침)[^.\n]{0,6}(?:무시|잊)`,
  ),
  rule('override', [['تجاهل', 'انس']], String.raw`(?:تجاهل|انس)[^.\n]{0,20}(?:التعليمات|الأوامر|القواعد)`),

  rule(
    'role',
    [['<|', 'inst]', 'sys>>', '_of_turn']],
    String.raw`<\|(?:im_start|im_end|system|user|assistant|endoftext|start_header_id|eot_id)\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>`,
  ),
  rule(
    'role',
    [['system', 'developer'], [':']],
    String.raw`(?:^|\n)\s{0,4}(?:#{1,4}\s*|\*\*|\[)?(?:system|developer)(?:\s+(?:message|prompt|override|note))?(?:\*\*|\])?\s*:\s*\**\s*(?:you|ignore|the (?:user|assistant)|from now|new|always|never|override|as an?|all)\b`,
  ),
  rule(
    'role',
    [['user', 'human'], ['assistant', 'ai', 'bot'], [':']],
    String.raw`(?:^|\n)\s{0,4}(?:user|human)\s*:[^\n]{0,300}\n\s{0,4}(?:assistant|ai|bot)\s*:`,
  ),
  rule(
    'role',
    [['you are', "you're", 'from now', 'act as', 'pretend', 'roleplay', 'behave like', 'switch to']],
    String.raw`\b(?:you are now|from now on,? you(?:'re| are| will be)?|act as|pretend (?:to be|you are)|roleplay as|behave like|switch to)\s+${few}(?:dan\b|jailbroken|unrestricted|unfiltered|uncensored|developer mode|evil|admin(?:istrator)?\b|root\b|without (?:any )?(?:restrictions|rules|limits|filters))`,
  ),
  rule(
    'role',
    [['mode'], ['developer', 'debug', 'god', 'admin', 'maintenance', 'jailbreak', 'dan']],
    String.raw`\b(?:enable|enter|activate|you are (?:now )?in)\s+(?:developer|debug|god|admin|maintenance|jailbreak|dan)\s+mode\b`,
  ),

  rule(
    'fence',
    [['</']],
    String.raw`</\s*(?:documents?|context|tool_results?|tool_response|function_results?|untrusted(?:[-_ ]\w{1,20})?|search[-_ ]results?|passages?|retrieved(?:[-_ ]\w{1,20})?|system|instructions?|user(?:[-_ ]\w{1,20})?)\s*>`,
  ),
  rule(
    'fence',
    [['end of', 'close of']],
    String.raw`(?:^|\n)[\W_]{0,12}(?:end|close) of (?:the )?(?:documents?|context|retrieved (?:text|documents?|content)|search results?|tool (?:output|results?)|user (?:input|message|data)|untrusted (?:content|data|text)|data)\b`,
  ),
  rule(
    'fence',
    [['ends here', 'end here']],
    String.raw`\b(?:the |this )?(?:document|context|tool output|search results?) ends? here\b`,
  ),

  rule(
    'exfiltration',
    [
      [
        'send',
        'post',
        'forward',
        'mail',
        'upload',
        'transmit',
        'submit',
        'leak',
        'exfiltrate',
        'append',
        'include',
        'embed',
        'encode',
        'put',
        'share',
      ],
      [
        'key',
        'password',
        'credential',
        'secret',
        'token',
        'conversation',
        'chat',
        'prompt',
        'environment variable',
        'contents of',
        'customer',
        'user',
      ],
    ],
    String.raw`(?<!\b(?:never|not|cannot|to)\s{1,3}|n['’]t\s{1,3})\b(?:send|post|forward|e-?mail|upload|transmit|submit|leak|exfiltrate|append|include|embed|encode|put|share)\s+${some}${secrets}`,
  ),
  rule(
    'exfiltration',
    [
      ['reveal', 'print', 'repeat', 'output', 'show', 'display', 'disclose', 'tell me', 'write out', 'list'],
      ['prompt', 'instructions', 'message'],
    ],
    String.raw`\b(?:reveal|print|repeat|output|show|display|disclose|tell me|write out|list)\s+${few}(?:your|the)\s+${few}(?:system prompt|(?:initial|hidden|secret|system|original) (?:instructions|prompt|message)|instructions verbatim|developer message)`,
  ),
  rule(
    'exfiltration',
    [['![']],
    String.raw`!\[[^\]\n]{0,80}\]\(\s*https?://[^)\s]{1,200}(?:[?&/=][^)\s]{0,80})?(?:\{\{?|\[|<|%7b|%5b|\$\{|your_|user_|secret|conversation|chat_?history|base64)[^)\n]{0,120}\)`,
  ),
  rule(
    'exfiltration',
    [['http'], ['={', '=[', '=<', '=%', '=$']],
    String.raw`https?://[^\s)\]]{1,120}[?&][\w-]{1,20}=(?:\{\{?|\[|<|%7b|\$\{)[^\n]{0,40}(?:secret|key|token|password|conversation|history|prompt|data|summary|answer)`,
  ),

  rule(
    'action',
    [
      ['call', 'invoke', 'use', 'run', 'trigger', 'execute'],
      ['tool', 'function', 'plugin', 'api', 'action', 'command'],
    ],
    String.raw`\b(?:(?:call|invoke|use|run|trigger|execute)\s+(?:the\s+|your\s+|an?\s+)?["'\x60]?[a-z]{1,20}_\w{1,40}["'\x60]?\s+(?:tool|function|plugin|api|action|command)|(?:call|invoke|trigger)\s+(?:the\s+|your\s+|an?\s+)?[\w"'\x60-]{1,40}\s+tool)\b[^.\n]{0,40}\b(?:to|with|and|now|immediately|before)\b`,
  ),
  rule(
    'action',
    [
      ['execute', 'run', 'eval', 'invoke'],
      ['command', 'code', 'script', 'sql', 'query', 'shell', 'function'],
    ],
    String.raw`\b(?:you must|you should|you have to|immediately|then|now|first|please|instead)[,:]?\s+${few}(?:execute|run|eval(?:uate)?|invoke)\s+(?:the following|this|these)\s+(?:command|code|script|sql|query|shell|function)`,
  ),
  rule(
    'action',
    [
      ['you must', 'immediately', 'now', 'instead', 'without', 'on behalf', 'behalf'],
      [
        'delete',
        'erase',
        'wipe',
        'drop',
        'transfer',
        'wire',
        'purchase',
        'buy',
        'approve',
        'send',
        'forward',
        'grant',
        'revoke',
        'disable',
        'reset',
      ],
    ],
    String.raw`\b(?:you must|immediately|now|instead|without (?:asking|confirmation)|on (?:the user'?s|my|their) behalf)\b[^.\n]{0,60}\b(?:delete|erase|wipe|drop|transfer|wire|purchase|buy|approve|send|forward|grant|revoke|disable|reset)\s+[^.\n]{0,40}(?:files?|e-?mails?|inbox|records?|tables?|database|accounts?|\$\s?\d|money|funds|bitcoin|payment|invoice|access|permissions?|passwords?|backups?)`,
  ),
  rule(
    'action',
    [['<tool_call', '<function_call', '<invoke', '"tool', '"function']],
    String.raw`<(?:tool_call|function_call|invoke|function_calls)\b|"(?:tool|function)(?:_name|_call)?"\s*:\s*"[\w.-]{1,60}"\s*,\s*"(?:arguments|parameters|args|input)"`,
  ),
  rule(
    'action',
    [['without'], ['delete', 'erase', 'wipe', 'forward', 'transfer']],
    String.raw`\b(?:delete|erase|wipe|forward|transfer)\s+(?:all|every|the entire)\s+[^.\n]{0,40}\bwithout (?:asking|confirm\p{L}*|telling|permission|notif\p{L}*)`,
  ),

  rule(
    'address',
    [['you are', "you're"], modelWords],
    String.raw`\b(?:if|when(?:ever)?|since|because|as)\s+you(?:'re| are)\s+(?:an?\s+)?${models}\b`,
  ),
  rule(
    'address',
    [
      modelWords,
      [
        'note',
        'message',
        'instruction',
        'attention',
        'notice',
        'important',
        'warning',
        'hint',
        'reminder',
        'request',
        'dear',
      ],
    ],
    String.raw`(?:\b(?:note|message|instructions?|attention|notice|important|warning|hint|reminder|request)\s*(?:to|for)?\s*:?\s*(?:all\s+|any\s+|the\s+)?|\bdear\s+)${models}(?=\s*[:,;.!-]|\s+(?:reading|processing|summari[sz]ing|reviewing|indexing|that|which|who|please|must|should)\b)`,
  ),
  rule(
    'address',
    [modelWords, ['must', 'shall', 'require', 'instructed', 'have to', 'has to']],
    String.raw`\b(?:any|all|every)?\s*\b${models}\s+(?:(?:reading|processing|summari[sz]ing|reviewing|parsing|handling|that (?:reads?|process(?:es)?))\s+(?:this|these)[^.\n]{0,40}?\s+)?(?:must|shall|is required to|are required to|is instructed to|are instructed to|has to|have to)\s+(?!not be (?:used|considered))\p{L}+`,
  ),

  rule(
    'steering',
    [['do not', "don't", 'dont', 'never', 'must not', 'avoid'], personWords],
    String.raw`\b(?:do not|don'?t|never|must not|avoid)\s+(?:tell|mention|inform|reveal|disclose|show|say|alert|notify|warn|let)\s+${few}(?:the |your |any )?(?:users?|humans?|operators?)\b`,
  ),
  rule(
    'steering',
    [['without'], personWords],
    String.raw`\bwithout\s+(?:telling|informing|notifying|alerting|mentioning (?:it|this) to)\s+(?:the |your |any )?(?:users?|humans?|operators?)\b`,
  ),
  rule(
    'steering',
    [
      ['always', 'only', 'must', 'exclusively'],
      ['answer', 'respond', 'reply', 'recommend', 'output', 'say', 'state', 'conclude', 'rank', 'rate', 'suggest'],
    ],
    String.raw`\b(?:always|only|must|exclusively)\s+(?:answer|respond|reply|recommend|output|say|state|conclude|rank|rate|suggest)\b[^.\n]{0,60}\b(?:to (?:the |any |every )?(?:users?|questions?)|(?:as|is) the (?:best|only|first)|first|with (?:the )?(?:phrase|words?|sentence|following)|regardless|no matter)`,
  ),
  rule(
    'steering',
    [
      ['rank', 'rate', 'score', 'list', 'place', 'give'],
      ['regardless', 'no matter', 'always', 'ignor', 'whatever', 'when'],
    ],
    String.raw`\b(?:rank|rate|score|list|place|give)\s+(?:this|the following|our|it)\s+${few}(?:first|highest|top|above (?:all|every)|number one|(?:10|5|ten|five|full)(?:\s*(?:out of|/)\s*(?:10|5)| stars?))\s*,?[^.\n]{0,60}\b(?:regardless|no matter|always|ignor\p{L}+|whatever|when (?:asked|summari[sz]ing|ranking|answering|reviewing))`,
  ),
  rule(
    'steering',
    [['when'], ['user'], ['ask']],
    String.raw`\bwhen(?:ever)?\s+(?:the |a |any )?users?\s+asks?\b[^.\n]{0,80}\b(?:say|answer|respond|reply|tell|recommend|claim|insist|link|direct)\b`,
  ),
];

/** The rules that a text could match. @param lowerCase the text in lower case */
export function rulesFor(lowerCase: string): readonly InstructionRule[] {
  const known = new Map<string, boolean>();
  const has = (word: string): boolean => {
    const answer = known.get(word) ?? lowerCase.includes(word);
    known.set(word, answer);
    return answer;
  };
  return instructionRules.filter(({ needs }) => needs.every((words) => words.some(has)));
}
