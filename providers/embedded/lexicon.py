"""Closed word lists of English that the rubric grader needs: function words, irregular forms, negation.

They describe the language, never a subject: nothing here knows what a good answer says.
"""

from collections.abc import Mapping
from types import MappingProxyType


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pairs(text: str) -> Mapping[str, str]:
    return MappingProxyType(dict(pair.split(":") for pair in text.split()))


def _groups(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(group.split()) for group in text.split(";"))


FUNCTION_WORDS = _words(
    """
    a an the this that these those i me my mine we us our ours you your yours he him his she her hers it its they them
    their theirs myself ourselves yourself itself themselves one ones who whom whose which what when where why how
    whether if then than as so such because since while although though unless until before after during about above
    across against along among around at behind below beneath beside besides between beyond by down for from in inside
    into near of off on onto out outside over past per through throughout to toward towards under up upon via with
    within without and or nor but yet either neither both not no never none nothing nobody is am are was were be been
    being has have had having do does did doing done will would shall should can could may might must cannot ought
    let lets there here now just only also too very quite rather even still already again ever once almost perhaps
    maybe therefore thus hence however instead else otherwise meanwhile moreover furthermore well really actually
    simply any all some each every another other others same own more most less least much many few several enough
    ok okay yes etc eg ie vs s t d m ll re ve th st nd rd
    don't doesn't didn't isn't aren't wasn't weren't won't wouldn't can't couldn't shouldn't mustn't needn't hasn't
    haven't hadn't mightn't shan't dont doesnt didnt isnt arent wasnt werent wont wouldnt cant couldnt shouldnt mustnt
    hasnt havent hadnt i'd i'll i'm i've we'd we'll we're we've you'd you'll you're you've he'd he'll she'd she'll it'd
    it'll they'd they'll they're they've that'd that'll there'd there'll
    """
)
"""Words that carry grammar. They are never matched; prose without them is a list of terms."""

SAME_WORD: Mapping[str, str] = _pairs(
    """
    indices:index matrices:matrix vertices:vertex criteria:criterion phenomena:phenomenon hypotheses:hypothesis
    analyses:analysis axes:axis children:child people:person men:man women:woman media:medium
    began:begin begun:begin bought:buy broke:break broken:break brought:bring built:build caught:catch chose:choose
    chosen:choose cost:cost dealt:deal drew:draw drawn:draw drove:drive driven:drive fell:fall fallen:fall
    found:find froze:freeze frozen:freeze gave:give given:give grew:grow grown:grow held:hold hid:hide hidden:hide
    kept:keep knew:know known:know led:lead lost:lose made:make meant:mean met:meet paid:pay ran:run rose:rise
    risen:rise said:say saw:see seen:see sent:send shown:show sold:sell sought:seek spent:spend stood:stand
    stuck:stick stolen:steal taken:take took:take taught:teach thought:think threw:throw thrown:throw told:tell
    understood:understand went:go gone:go won:win wrote:write written:write worse:bad worst:bad better:good
    best:good faster:fast fastest:fast slower:slow slowest:slow larger:large largest:large bigger:big
    biggest:big smaller:small smallest:small higher:high highest:high lower:low lowest:low cheaper:cheap
    longer:long older:old newer:new newest:new latest:late later:late earlier:early earliest:early
    centre:center centres:center fibre:fiber metre:meter metres:meter licence:license licences:license
    defence:defense catalogue:catalog catalogues:catalog dialogue:dialog programme:program programmes:program
    artefact:artifact artefacts:artifact
    two:2 three:3 four:4 five:5 six:6 seven:7 eight:8 nine:9 ten:10 twelve:12 twenty:20 thirty:30 fifty:50
    hundred:100 %:percent pct:percent db:database dbs:database config:configuration configs:configuration
    prod:production repo:repository repos:repository infra:infrastructure env:environment envs:environment
    k8s:kubernetes app:application apps:application perf:performance ms:millisecond txn:transaction
    """
)
"""Irregular forms, spellings and everyday abbreviations, each with the form that stands for all of them."""

SYNONYMS = _groups(
    """
    customer client; big large huge enormous; small tiny little; fast quick rapid; begin start commence; end finish
    stop halt terminate; show display; use utilise employ; need require; keep retain preserve; delete remove drop
    discard; repair fix mend; check verify validate confirm inspect; watch monitor track observe; contrast compare;
    choose pick select; grow rise increase; reduce fall shrink decrease; problem issue fault defect; cause reason;
    reply answer response; buy purchase; cost price expense; build create; change modify alter; place put; fetch
    retrieve get; previous prior preceding; final last; whole entire; wrong incorrect; right correct; revenue income;
    occur happen; job task; help assist; repeat duplicate; stale outdated obsolete; approximate rough estimate; simple
    plain easy everyday; release rollout deploy ship; limit cap bound; guess assume suppose; goal target objective;
    recommend advise suggest propose; protect guard safeguard; danger risk; combine merge; split divide separate; send
    transmit; save store persist; close shut; figure number; amount quantity; error mistake; alert alarm; alike similar;
    equal same identical; crucial essential vital; toggle flag switch; temporary interim; gradual staged stepwise;
    disadvantage downside drawback; advantage benefit upside; tradeoff compromise; defer postpone; lag delay; employee
    staff; explain describe; sign indication; expect anticipate; ensure guarantee
    """
)
"""Everyday words that engineers use for one another; the first stands for its group."""

DENYING = _words(
    """
    not no never cannot neither nor none nobody nothing hardly barely scarcely
    don't doesn't didn't isn't aren't wasn't weren't won't wouldn't can't couldn't shouldn't mustn't needn't hasn't
    haven't hadn't mightn't shan't dont doesnt didnt isnt arent wasnt werent wouldnt couldnt shouldnt mustnt hasnt
    havent hadnt
    """
)
"""Words that deny what follows in their clause."""

SHUNNING = _words(
    "without avoid avoids avoided avoiding prevent prevents prevented preventing unnecessary pointless needless"
)
"""Words that deny the few words after them."""

SHUNNING_PAIRS = frozenset(
    {("instead", "of"), ("rather", "than"), ("fail", "to"), ("fails", "to"), ("failed", "to"), ("advise", "against")}
    | {("decide", "against"), ("decided", "against"), ("recommend", "against"), ("mistake", "to"), ("wrong", "to")}
)
"""Pairs of words that deny the few words after them."""

HARMLESS_PAIRS = frozenset(
    {("not", word) for word in ("only", "just", "merely", "simply", "solely", "least", "necessarily")}
    | {("no", word) for word in ("doubt", "matter", "later", "more", "less", "fewer", "sooner", "problem", "wonder")}
    | {("without", "exception"), ("without", "fail"), ("without", "doubt"), ("never", "mind"), ("nothing", "but")}
)
"""A denying word and its follower that together deny nothing."""

HARMLESS_BEFORE = frozenset({("why", "not"), ("or", "not"), ("if", "not"), ("nothing", "but")})
"""A denying word and what precedes it, that together deny nothing."""

CLAUSE_OPENERS = _words(
    "but however because since so although though while whereas until unless before except which who when if where yet "
    "instead rather then therefore as after"
)
"""Words that begin a clause, which a denial before them does not reach."""

SUBJECTS = _words(
    "i we you he she it they this that these those there the a an our my its their then will would can could should "
    "may might must is are was were has have had do does"
)
"""Words after "and" or "or" that begin a new statement."""

REJECTED = _words(
    "need needed necessary required useful helpful advisable recommended worthwhile worth good right sensible wise "
    "idea option answer solution help work matter pay apply appropriate"
)
"""What a thing is denied to be when "is not …" rejects the thing itself."""

REJECTING = _words("unnecessary pointless needless overkill mistake unneeded avoided prevented")
"""Predicates that reject their subject without a denying word."""

LINKING = _words(
    "is are was were be been being isn't aren't wasn't weren't isnt arent seems looks becomes would wouldn't"
)
"""Verbs between a subject and a predicate."""
