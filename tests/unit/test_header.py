"""Headers from what a node says: real blocks of Ethereum, one of each shape, and what is refused."""

import pytest
import rlp

from pinpoint.chain.header import APPENDED, FIELDS, HeaderError, encode_header
from pinpoint.commitment.tree import keccak

NO_UNCLES = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"
EMPTY_TREE = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
ZERO = "0x" + "00" * 32
NO_NONCE = "0x" + "00" * 8
BLOCKS = {
    "genesis": {
        "hash": "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
        "parentHash": ZERO,
        "sha3Uncles": NO_UNCLES,
        "miner": "0x0000000000000000000000000000000000000000",
        "stateRoot": "0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544",
        "transactionsRoot": EMPTY_TREE,
        "receiptsRoot": EMPTY_TREE,
        "logsBloom": "0x" + "00" * 256,
        "difficulty": "0x400000000",
        "number": "0x0",
        "gasLimit": "0x1388",
        "gasUsed": "0x0",
        "timestamp": "0x0",
        "extraData": "0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa",
        "mixHash": ZERO,
        "nonce": "0x0000000000000042",
    },
    "paris": {
        "hash": "0x56a9bb0302da44b8c0b3df540781424684c3af04d0b7a38d72842b762076a664",
        "parentHash": "0x55b11b918355b1ef9c5db810302ebad0bf2544255b530cdce90674d5887bb286",
        "sha3Uncles": NO_UNCLES,
        "miner": "0xeee27662c2b8eba3cd936a23f039f3189633e4c8",
        "stateRoot": "0x40c07091e16263270f3579385090fea02dd5f061ba6750228fcc082ff762fda7",
        "transactionsRoot": "0x1ea1746468686159ce730c1cc49a886721244e5d1fa9a06d6d4196b6f013c82c",
        "receiptsRoot": "0x928073fb98ce316265ea35d95ab7e2e1206cecd85242eb841dbbcc4f568fca4b",
        "logsBloom": "0x" + "ff" * 256,
        "difficulty": "0x0",
        "number": "0xed14f2",
        "gasLimit": "0x1c9c380",
        "gasUsed": "0x1c9811e",
        "timestamp": "0x6322c973",
        "extraData": "0x",
        "mixHash": "0xa86c2e601b6c44eb4848f7d23d9df3113fbcac42041c49cbed5000cb4f118777",
        "nonce": NO_NONCE,
        "baseFeePerGas": "0xb5d68e0a3",
    },
    "shanghai": {
        "hash": "0xe22c56f211f03baadcc91e4eb9a24344e6848c5df4473988f893b58223f5216c",
        "parentHash": "0xc2558f8143d5f5acb8382b8cb2b8e2f1a10c8bdfeededad850eaca048ed85d8f",
        "sha3Uncles": NO_UNCLES,
        "miner": "0x388c818ca8b9251b393131c08a736a67ccb19297",
        "stateRoot": "0x7fd42f5027bc18315b3781e65f19e4c8828fd5c5fce33410f0fb4fea0b65541f",
        "transactionsRoot": "0x6f235d618461c08943aa5c23cc751310d6177ab8a9b9a7b66ffa637d988680e6",
        "receiptsRoot": "0xe0ac34bafdd757bcca2dea27a3fc5870dd0836998877e29361c1fc55e19416ec",
        "logsBloom": (
            "0xb06769bc11f4d7a51a3bc4bed59367b75c32d1bd79e5970e73732ac0eed0251af0e2abc8811fc1b4c5d45a4a4eb5c5af9e73"
            "cc9a8be6ace72faadc03536d6b69fcdf80116fd89f7efbdbf38ff957e8f6ae83ccac60cf4b7c8b1c9487bebfa8ed6e42297e"
            "17172d5b678dd3f283b22f49bbf4a0565eb93d9d797b2f9a0adaff9813af53d6fffa71d5a6fb056ab73ca87659dc97c19f99"
            "839c6c3138e527161b4dfee8b1f64d42f927abc745f3ff168e8e9510e2e079f4868ba8ff94faf37c9a7947a43c1b4c931dfb"
            "ef88edeb2d7ede5ceaebc85095cfbbd206646def0138683b687fa63fdf22898260d616bc714d698bc5748c7a5bff0a4a32dd"
            "797596a794a0"
        ),
        "difficulty": "0x0",
        "number": "0x103ee76",
        "gasLimit": "0x1c9c380",
        "gasUsed": "0x1c9bfe2",
        "timestamp": "0x6437306f",
        "extraData": "0xd883010b05846765746888676f312e32302e32856c696e7578",
        "mixHash": "0x812ed704cc408c435c7baa6e86296c1ac654a139ae8c4a26d6460742b951d4f9",
        "nonce": NO_NONCE,
        "baseFeePerGas": "0x42fbae6d5",
        "withdrawalsRoot": EMPTY_TREE,
    },
    "cancun": {
        "hash": "0xb5f712d1c6eab970b927eac6e3f1704f297d4acfc860f2b243f61e1771aab3ff",
        "parentHash": "0xb2b49c99cba41ed96ab53ff2b172cd867b7d6784fe8ca3c147d211529cde4482",
        "sha3Uncles": NO_UNCLES,
        "miner": "0x4838b106fce9647bdf1e7877bf73ce8b0bad5f97",
        "stateRoot": "0x62a02785cda0dc514aee2019d96eaefaee29d40428971940e21965805aa5136d",
        "transactionsRoot": "0x6365226abe9c20b7754d2b71212edf4815dd6ae80f8e0086ce051f126cc5e478",
        "receiptsRoot": "0x52b0138ad6cd29a7b8eab45da3fdbf3ac8ac19b9ea4b0fa85effff7c730b6c83",
        "logsBloom": (
            "0x906bcea33100b8441a4a0c5de35d59013308c3016c15ce661e9b0a186622e4714485c58587058601d718be14d7ba0d80be19"
            "9318a800aefd47c7e06a0bad75262008cd48504b192bae365d0bce04e17e405c56db06fc3c988e020544d96c45d90e0f3168"
            "4246873f3018d2178148ff757625f37115d0a724a81cee37c63b2210884dae5e07432398b1dc31431fea424644d36649e140"
            "ac5cea31e25d28b02ba8061e0d1c8bad6f320f7473ccaa12ceb844f9c63ac80fa005ecf30c4c01082278e192b20b60230782"
            "070e0dc26769d13636b0c413cd250594531735e26010e54d89ff6048ca0002b019ecbda696d1eb060d7dde60f3b2f4cb4e41"
            "82f885d137b1"
        ),
        "difficulty": "0x0",
        "number": "0x1316022",
        "gasLimit": "0x1c9c380",
        "gasUsed": "0xd3b755",
        "timestamp": "0x665e0b83",
        "extraData": "0x546974616e2028746974616e6275696c6465722e78797a29",
        "mixHash": "0x221ee008a8c5aafb557a4654110c3aeb8ae9c3af0f5ff7271edc7c91b2d95e07",
        "nonce": NO_NONCE,
        "baseFeePerGas": "0x3322eaeab",
        "withdrawalsRoot": "0xb18681663754565d0a1b2ba18ee9519e184905f59dfc5edd846fa5909772e1df",
        "blobGasUsed": "0x60000",
        "excessBlobGas": "0x40000",
        "parentBeaconBlockRoot": "0x87c7c94ff2fdca52510b51b932364c1fae94cb20cc9657e6de84f19921745603",
    },
    "prague": {
        "hash": "0x6c4c6ea047f0ca4bcb0b0fbbcc2e50061d8dd24ba1ab8a22a6d3583a497c3c82",
        "parentHash": "0x63ce16602b2afe4089fa8e0a2c16be1a2dea1c4d30b65bd717d9398ddd5fba23",
        "sha3Uncles": NO_UNCLES,
        "miner": "0xdadb0d80178819f2319190d340ce9a924f783711",
        "stateRoot": "0x41ebb402f36d0ce15799e98d1aca83bbb5d4b08d1b6572e73b388e4ece192916",
        "transactionsRoot": "0x3b889eb9fa0713d2e1d9e90725d45fd04ec4a550a7a390639c243c5f3b2c6215",
        "receiptsRoot": "0x52fc280ab6b1db61781dae4cc5f81b7ddd484eae78320bdd8161d5b2fe8e7719",
        "logsBloom": (
            "0xfffffef97ffdf7dfb75fbbfeffffdfffffbeefffffbbffff6ffffdffbffffaf9df7fff7f7fff6ffbffffdfdffbffffff76ff"
            "fffcbf7ffbfffffeefffffff7df7bffffffdefffff8fdfdf7f7ceffdffff7ff77affe7ef5ff5fbfff57ff7eeadfffffffabf"
            "ff7bdffbbfbffcfffdefffeffefffffffff5fffefdffdffbffffdfdffbffe7fffffffffdffebf7e37fdfe977f7fbdfefdffd"
            "dffffffffff5f97ffffdfbffdf7fffffbff9feff77afffefffeef77ffff7fff6fffeffd77ffffeefefdb7bffffff7f7ffdfb"
            "ff7ffffffffefdffdffddffffffefffffffefdfbf7fdffef7fffff3bdf7fff6cefffdfffdf7ffffeffbfbffffdafffdfbf7e"
            "fdbeffff7fff"
        ),
        "difficulty": "0x0",
        "number": "0x177d354",
        "gasLimit": "0x3938700",
        "gasUsed": "0x1a4ed69",
        "timestamp": "0x69b09d6b",
        "extraData": "0x4275696c6465724e6574202842656176657229",
        "mixHash": "0xf824cbc0bffaa4862fffafa96c2cce90898dda8b97fc3eaa6a85ac38075991e5",
        "nonce": NO_NONCE,
        "baseFeePerGas": "0x246edf3",
        "withdrawalsRoot": "0x76abcbef0846a5bd065d0207581dacc3cf8df4ec2ba0a8e4d4fbbe97864b82ee",
        "blobGasUsed": "0x40000",
        "excessBlobGas": "0xa2a720e",
        "parentBeaconBlockRoot": "0xd9b957562f8477151f61eddc77bcad7451ef62eab8f4fe470402073a794e8bba",
        "requestsHash": "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    },
}
"""Blocks 0, 15537394, 17034870, 20013090 and 24630100: as a node gives them, less what is not in the header."""
ITEMS = {"genesis": 15, "paris": 16, "shanghai": 17, "cancun": 20, "prague": 21}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_real_block_has_its_hash(name):
    """The hashes are the chain's, so this compares with every node there is."""
    block = BLOCKS[name]
    encoded = encode_header(block)
    assert keccak(encoded).hex() == block["hash"][2:]
    items = rlp.decode(encoded)
    assert len(items) == ITEMS[name]
    assert int.from_bytes(items[8], "big") == int(block["number"], 16)
    assert items[13].hex() == block["mixHash"][2:]


def test_what_is_not_in_the_header_does_not_matter():
    block = BLOCKS["prague"]
    assert encode_header({**block, "size": "0x2a8a9", "uncles": [], "transactions": []}) == encode_header(block)
    assert encode_header(dict(reversed(block.items()))) == encode_header(block)


def test_a_node_may_say_that_a_block_lacks_a_field():
    block = BLOCKS["paris"]
    assert encode_header({**block, **dict.fromkeys(APPENDED[1:])}) == encode_header(block)


@pytest.mark.parametrize("name", (*FIELDS, *APPENDED))
def test_another_value_is_noticed(name):
    block = BLOCKS["prague"]
    last = "1" if block[name][-1] == "0" else "0"
    with pytest.raises(HeaderError, match="expected a header with the hash"):
        encode_header({**block, name: block[name][:-1] + last})


@pytest.mark.parametrize("name", (*FIELDS, *APPENDED, "hash"))
def test_a_missing_value_is_noticed(name):
    block = BLOCKS["prague"]
    without = {key: value for key, value in block.items() if key != name}
    words = "a header with the hash" if name in APPENDED else f"a mined block, got KeyError\\('{name}'\\)"
    with pytest.raises(HeaderError, match=f"expected {words}"):
        encode_header(without)


def test_a_later_fork_is_noticed():
    block = BLOCKS["prague"]
    later = rlp.encode([*rlp.decode(encode_header(block)), bytes(32)])
    with pytest.raises(HeaderError, match=f"{keccak(later).hex()} for block 0x177d354.*a fork since Prague"):
        encode_header({**block, "hash": "0x" + keccak(later).hex()})


@pytest.mark.parametrize("name", ("hash", "nonce", "number", "mixHash"))
@pytest.mark.parametrize("value", (None, 7, bytes(32), "0xfog", "-0x1"))
def test_a_pending_or_decoded_block_is_refused(name, value):
    with pytest.raises(HeaderError, match="expected a mined block"):
        encode_header({**BLOCKS["prague"], name: value})


@pytest.mark.parametrize("number", (0, 1, 127, 128, 255, 256, 2**32 - 1, 2**32, 2**64 - 1))
def test_integers_have_no_leading_zeros(number):
    """Against the encoder of the package, which knows integers by itself."""
    names = ("gasUsed", "excessBlobGas")
    block = {**BLOCKS["prague"], **dict.fromkeys(names, f"0x{number:x}")}
    items = rlp.decode(encode_header(BLOCKS["prague"]))
    items[10] = items[18] = rlp.sedes.big_endian_int.serialize(number)
    expected = rlp.encode(items)
    assert encode_header({**block, "hash": "0x" + keccak(expected).hex()}) == expected
