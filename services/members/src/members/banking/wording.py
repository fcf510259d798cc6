"""The reasons of matches and returns, in the reader's language."""

from kit.language import Texts


def reason_in_words(texts: Texts, language: str, reason: str) -> str:
    """Why a line is thought to be what it is proposed as."""
    said = {
        "reference": texts.say(language, "the invoice's number is in the text"),
        "debit": texts.say(language, "it carries the number of a direct debit of ours"),
        "batch": texts.say(language, "it is what a collection of ours comes to"),
        "returned": texts.say(language, "a direct debit of ours came back"),
        "recorded": texts.say(language, "a payment of that amount was recorded by hand"),
        "account": texts.say(language, "the member has paid from this account before"),
        "mandate": texts.say(language, "the member gave a mandate on this account"),
        "number": texts.say(language, "the member's number is in the text"),
        "name": texts.say(language, "the member's name is in the text"),
        "amount": texts.say(language, "it is what is open of one invoice"),
        "several": texts.say(language, "it is what is open of several invoices together"),
        "part": texts.say(language, "it is less than is open"),
        "too_much": texts.say(language, "it is more than is open"),
    }
    return said.get(reason, reason)


def return_in_words(texts: Texts, language: str, reason: str) -> str:
    """What a bank's code for a return means (ISO 20022 external return reasons)."""
    said = {
        "AC01": texts.say(language, "The account number is wrong"),
        "AC04": texts.say(language, "The account is closed"),
        "AC06": texts.say(language, "The account is blocked"),
        "AC13": texts.say(language, "The account is not a consumer's"),
        "AG01": texts.say(language, "The account does not take direct debits"),
        "AG02": texts.say(language, "The sequence type is wrong"),
        "AM04": texts.say(language, "There was not enough money on the account"),
        "AM05": texts.say(language, "It was collected twice"),
        "BE05": texts.say(language, "The creditor identifier is wrong"),
        "CNOR": texts.say(language, "The creditor's bank can't be reached"),
        "DNOR": texts.say(language, "The debtor's bank can't be reached"),
        "FF01": texts.say(language, "The file's format is wrong"),
        "MD01": texts.say(language, "There is no mandate"),
        "MD02": texts.say(language, "The mandate's data are missing or wrong"),
        "MD06": texts.say(language, "The member asked for its money back"),
        "MD07": texts.say(language, "The account's owner has died"),
        "MS02": texts.say(language, "The member refused it"),
        "MS03": texts.say(language, "The bank gives no reason"),
        "RC01": texts.say(language, "The bank's identifier is wrong"),
        "RR01": texts.say(language, "For reasons of regulation"),
        "RR02": texts.say(language, "For reasons of regulation"),
        "RR03": texts.say(language, "For reasons of regulation"),
        "RR04": texts.say(language, "For reasons of regulation"),
        "SL01": texts.say(language, "The member's bank does not serve this creditor"),
    }
    return said.get(reason, reason)
